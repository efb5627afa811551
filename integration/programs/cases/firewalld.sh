# firewalld with FirewallBackend=iptables: zones, services, rich and direct rules, over a bus of its own.
# packages: firewalld dbus ipset
# unread: --help
# order: any
# ignore: ^\d{4}-\d\d-\d\d
source /opt/steps.sh
two_interfaces
sed -i -e 's/^FirewallBackend=.*/FirewallBackend=iptables/' -e 's/^LogDenied=.*/LogDenied=all/' /etc/firewalld/firewalld.conf
mkdir -p /run/dbus
dbus-daemon --system --fork
daemon() {
  firewalld --nofork --nopid >/out/firewalld.log 2>&1 &
  local try
  for ((try = 0; try < 150; try++)); do
    [[ $(firewall-cmd --state 2>&1) == running ]] && return 0
    sleep 0.1
  done
  return 1
}
step 'start' daemon
step 'state' firewall-cmd --state
step 'zone of eth0' firewall-cmd --zone=public --change-interface=eth0
step 'zone of eth1' firewall-cmd --zone=internal --change-interface=eth1
step 'service' firewall-cmd --zone=public --add-service=https
step 'port' firewall-cmd --zone=public --add-port=8000-8010/tcp
step 'source port' firewall-cmd --zone=public --add-source-port=500/udp
step 'source' firewall-cmd --zone=trusted --add-source=10.9.0.0/16
step 'source v6' firewall-cmd --zone=drop --add-source=2001:db8:bad::/48
step 'masquerade' firewall-cmd --zone=public --add-masquerade
step 'forward port' firewall-cmd --zone=public --add-forward-port=port=8080:proto=tcp:toport=80:toaddr=10.1.0.9
step 'redirect' firewall-cmd --zone=internal --add-forward-port=port=81:proto=tcp:toport=8081
step 'icmp block' firewall-cmd --zone=public --add-icmp-block=echo-request
step 'icmp inversion' firewall-cmd --zone=internal --add-icmp-block-inversion
step 'protocol' firewall-cmd --zone=public --add-protocol=gre
step 'rich: log and accept' firewall-cmd --zone=public --add-rich-rule='rule family=ipv4 source address=192.0.2.7/32 service name=ssh log prefix="ssh: " level=info limit value=3/m accept'
step 'rich: reject' firewall-cmd --zone=public --add-rich-rule='rule family=ipv6 source address=2001:db8:7::/64 port port=25 protocol=tcp reject type=icmp6-adm-prohibited'
step 'rich: not, drop' firewall-cmd --zone=public --add-rich-rule='rule family=ipv4 source not address=10.0.0.0/8 port port=99 protocol=udp drop'
step 'rich: audit' firewall-cmd --zone=public --add-rich-rule='rule protocol value=esp audit accept'
step 'rich: mark' firewall-cmd --zone=public --add-rich-rule='rule priority=-5 family=ipv4 source address=10.4.0.0/16 mark set=0x5/0xff'
step 'rich: nflog' firewall-cmd --zone=public --add-rich-rule='rule priority=7 service name=dns nflog group=3 prefix="dns" accept'
step 'rich: mac' firewall-cmd --zone=public --add-rich-rule='rule source mac=02:00:00:00:00:01 accept'
step 'rich: forward' firewall-cmd --zone=public --add-rich-rule='rule family=ipv4 destination address=192.0.2.2 forward-port port=82 protocol=tcp to-port=82 to-addr=10.1.0.8'
step 'policy' bash -c 'firewall-cmd --permanent --new-policy own && firewall-cmd --permanent --policy own --add-ingress-zone internal && firewall-cmd --permanent --policy own --add-egress-zone public && firewall-cmd --permanent --policy own --set-target ACCEPT'
step 'ipset' bash -c 'firewall-cmd --permanent --new-ipset=own --type=hash:ip && firewall-cmd --permanent --ipset=own --add-entry=203.0.113.5 && firewall-cmd --permanent --zone=drop --add-source=ipset:own'
step 'direct chain' firewall-cmd --direct --add-chain ipv4 filter own
step 'direct rule' firewall-cmd --direct --add-rule ipv4 filter own 0 -p tcp --dport 9 -m comment --comment 'a b' -j DROP
step 'direct rule in INPUT' firewall-cmd --direct --add-rule ipv4 filter INPUT 1 -j own
step 'direct rule v6' firewall-cmd --direct --add-rule ipv6 mangle PREROUTING 0 -p udp -j MARK --set-mark 7
step 'direct passthrough' firewall-cmd --direct --passthrough ipv4 -t nat -A POSTROUTING -s 10.8.0.0/16 -j MASQUERADE
step 'direct passthrough lists' firewall-cmd --direct --passthrough ipv4 -nvL INPUT
step 'direct: wrong' firewall-cmd --direct --add-rule ipv4 filter own 0 -p tcp --dport 99999 -j DROP
step 'direct: passthrough wrong' firewall-cmd --direct --passthrough ipv4 -A NOSUCH -j DROP
step 'list' firewall-cmd --list-all-zones
step 'panic on' firewall-cmd --panic-on
step 'panic off' firewall-cmd --panic-off
step 'reload' firewall-cmd --reload
step 'remove service' firewall-cmd --zone=public --remove-service=ssh
step 'runtime to permanent' firewall-cmd --runtime-to-permanent
step 'flushed by hand' bash -c 'iptables -F; iptables -X; iptables -t nat -F; iptables -t nat -X'
step 'complete reload' firewall-cmd --complete-reload
stop() { kill %1; wait %1; }
step 'stop' stop
step 'log' bash -c 'grep -E "ERROR|WARNING" /out/firewalld.log | cut -d" " -f3-'
