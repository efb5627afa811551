# uruk: a wrapper around iptables with services by interface, both families.
# packages: uruk
source /opt/steps.sh
two_interfaces
cat >/etc/uruk/rc <<'CONF'
version=20140319
loglevel=57
interfaces="eth0 eth1"
interfaces_unprotect="lo"
ips_eth0=default
ip_eth0_default=192.0.2.2
ip6_eth0_default=2001:db8::2
net_eth0_default=0.0.0.0/0
ips_eth1=default
ip_eth1_default=10.1.0.1
net_eth1_default=10.0.0.0/8
bcasts_eth1=default
bcast_eth1_default=10.1.0.255
services_eth0_default_tcp="local public"
sources_eth0_default_tcp_local="10.1.0.0/16 2001:db8:1::/64"
ports_eth0_default_tcp_local="ssh 8000:8010"
sources_eth0_default_tcp_public="0.0.0.0/0 ::/0"
ports_eth0_default_tcp_public="80 443"
services_eth0_default_udp=time
sources_eth0_default_udp_time=192.0.2.9
ports_eth0_default_udp_time=ntp
services_eth1_default_tcp=
services_eth1_default_udp=names
sources_eth1_default_udp_names=10.0.0.0/8
ports_eth1_default_udp_names="53 605:608"
CONF
step 'uruk' uruk
step 'status' iptables -nL
step 'uruk-save' uruk-save
step 'init start' /etc/init.d/uruk start
step 'init status' /etc/init.d/uruk status
step 'init stop' /etc/init.d/uruk stop
step 'uruk again' uruk
