# firehol: a shell program as configuration, through single calls or through -restore.
# packages: firehol
# ignore: FireHOL (Started|Stopped)|[Ff]ire[Hh][Oo][Ll].*\d\d:\d\d
# alike: firehol-[-\w.]*|\d+ (second|ms|milli)\w*|in \d+\S*
# alike: (Mon|Tue|Wed|Thu|Fri|Sat|Sun) .* \d{4}
source /opt/steps.sh
two_interfaces
cat >/etc/firehol/firehol.conf <<'CONF'
version 6
FIREHOL_LOG_LEVEL=info
masquerade4 eth0
dnat4 to 10.1.0.9 inface eth0 proto tcp dport 8080
ipv4 interface eth0 world src not "10.0.0.0/8 172.16.0.0/12"
  policy drop
  protection strong 10/sec 10
  server "ssh http https" accept
  server custom own "tcp/7000:7010 udp/7000" any accept
  client all accept
  server icmp accept with limit 5/s 5
ipv6 interface eth0 world6
  policy reject
  server ssh accept
  client all accept
  ipv6 server icmpv6 accept
interface eth1 lan
  policy reject
  server all accept
  client all accept
  server smtp reject with tcp-reset
router4 lan2world inface eth1 outface eth0
  route all accept
  client smtp deny log "no mail"
router4 world2lan inface eth0 outface eth1
  server custom dnatted tcp/8080 any accept
CONF
cp /etc/firehol/firehol.conf /root/first.conf
# Debian's firehol takes iptables-legacy; here it takes iptables, wherever $PATH leads.
sed -i "s/tables-legacy/tables/" /usr/lib/firehol/install.config
echo START_FIREHOL=YES >/etc/default/firehol
step 'first: what tools there are' firehol helpme
step 'start' firehol start
step 'status' bash -c 'iptables -nvL; ip6tables -nvL'
step 'restart' firehol restart
step 'fast off' bash -c 'sed -i "1aFIREHOL_FAST_ACTIVATION=0" /etc/firehol/firehol.conf; firehol restart'
step 'stop' firehol stop
step 'try of something wrong' bash -c 'echo "interface eth9 bad
  server ssh nonsense" >/root/wrong.conf; firehol /root/wrong.conf start'
step 'panic' firehol panic 192.0.2.9
step 'start after panic' firehol start
step 'debug' firehol debug
step 'condrestart' firehol condrestart
step 'stop at last' firehol stop
