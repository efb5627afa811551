# uif: a configuration in a language of its own, turned into -restore input for both families.
# packages: uif
source /opt/steps.sh
two_interfaces
sed -i 's|/usr/sbin/ip|/opt/names/ip|' /usr/sbin/uif
cat >/etc/uif/uif.conf <<'CONF'
include {
    "/etc/uif/services"
}
sysconfig {
    FilterCommand   iptables
}
service {
    traceroute  udp(32769:65535/33434:33523) icmp(11)
    ping        icmp(8)
    web         tcp(/80) tcp(/443)
}
network {
    localhost   127.0.0.1
    all         0.0.0.0/0
    inside      10.1.0.0/16
}
interface {
    loop     lo
    outer    eth0
    inner    eth1
}
filter {
    in+  i=loop    s=localhost
    out+ o=loop    d=localhost
    in+  s=all     p=ping
    in+  p=traceroute
    in+  i=outer   p=ssh,web
    in+  i=inner   s=inside
    fw+  i=inner   o=outer s=inside
    out+ d=all
    in-  f=log(input),reject
    out- f=log(output),reject
    fw-  f=log(forward),reject
}
nat {
    masq+ o=outer s=inside
}
CONF
step 'simple, printed' uif -c /etc/uif/uif.conf -p
step 'start' uif -c /etc/uif/uif.conf
step 'again' uif -c /etc/uif/uif.conf
step 'test mode' bash -c 'uif -c /etc/uif/uif.conf -t -s 1 </dev/null'
step 'flush' uif -d
