# arno-iptables-firewall: a long shell script of single calls, both families, with -restore of saved blocks.
# packages: arno-iptables-firewall
# ignore: \w{3} +\d+ \d\d:\d\d:\d\d|seconds
source /opt/steps.sh
two_interfaces
mkdir -p /etc/arno-iptables-firewall/conf.d
cat >/etc/arno-iptables-firewall/conf.d/00own.conf <<'CONF'
EXT_IF="eth0"
INT_IF="eth1"
INTERNAL_NET="10.1.0.0/24"
EXT_IF_DHCP_IP=0
OPEN_TCP="22 80 443 8000:8010"
OPEN_UDP="53"
OPEN_ICMP=1
NAT=1
NAT_INTERNAL_NET="10.1.0.0/24"
NAT_FORWARD_TCP="8080>10.1.0.9"
DENY_TCP="25"
LAN_OPEN_TCP="22"
REJECT_TCP="113"
IPV6_SUPPORT=1
FULL_ACCESS_HOSTS="192.0.2.77"
SSH_BRUTEFORCE_PROTECTION_ENABLED=0
CONF
chmod 600 /etc/arno-iptables-firewall/conf.d/00own.conf
step 'start' arno-iptables-firewall start
step 'status' arno-iptables-firewall status
step 'restart' arno-iptables-firewall restart
step 'force-reload' arno-iptables-firewall force-reload
step 'check' arno-iptables-firewall check-conf
step 'stop-block' arno-iptables-firewall stop-block
step 'start again' arno-iptables-firewall start
step 'stop' arno-iptables-firewall stop
