# shorewall and shorewall6: a firewall with two interfaces, compiled into a script that calls iptables and -restore.
# packages: shorewall shorewall6
# alike: \d\d:\d\d:\d\d
# alike: (Mon|Tue|Wed|Thu|Fri|Sat|Sun) .* \d{4}
# alike: foo\w*X\d+|sha-[lr]h-[0-9a-f]+
# ignore: ^Compiling|Shorewall6?-\d.* at programs
# ignore: ^Warning: Extension ULOG revision 0 not supported
source /opt/steps.sh
two_interfaces
touch /var/log/messages

for family in shorewall shorewall6; do
  folder=/etc/$family
  kind=${family/shorewall6/ipv6}
  kind=${kind/shorewall/ipv4}
  printf 'fw firewall\nnet %s\nloc %s\n' "$kind" "$kind" >$folder/zones
  printf '?FORMAT 2\nnet eth0 tcpflags,nosmurfs\nloc eth1 tcpflags\n' >$folder/interfaces
  printf '$FW net ACCEPT\nloc net ACCEPT\nnet all DROP info\nall all REJECT info\n' >$folder/policy
  cat >$folder/rules <<'RULES'
?SECTION ALL
?SECTION ESTABLISHED
?SECTION RELATED
?SECTION INVALID
DROP net all
?SECTION UNTRACKED
?SECTION NEW
Ping(ACCEPT) net $FW
SSH(ACCEPT) loc $FW
SSH(ACCEPT) net $FW - - - - 3/min:3
ACCEPT:info net $FW tcp 80,443,8000:8010
DNS(ACCEPT) $FW net
Web(ACCEPT) loc $FW
ACCEPT net loc udp 5000:5010
REJECT loc net tcp 25
NFLOG(2) loc $FW udp 514
ACCEPT net $FW tcp 113 - - s:ident:10/sec:20
RULES
  sed -i -e 's/^STARTUP_ENABLED=.*/STARTUP_ENABLED=Yes/' -e 's/^LOAD_HELPERS_ONLY=.*/LOAD_HELPERS_ONLY=Yes/' \
    -e 's/^AUTOMAKE=.*/AUTOMAKE=No/' -e 's/^WORKAROUNDS=.*/WORKAROUNDS=No/' $folder/$family.conf
done
cat >/etc/shorewall/snat <<'RULES'
MASQUERADE 10.1.0.0/24 eth0
SNAT(192.0.2.2) 10.2.0.0/16 eth0 tcp 25
RULES
printf 'DNAT net loc:10.1.0.9 tcp 8080\nREDIRECT loc 3128 tcp 80\n' >>/etc/shorewall/rules
printf 'MARK(1):P eth1 0.0.0.0/0 tcp 22\nDSCP(EF):T 0.0.0.0/0 0.0.0.0/0 udp 5060\nCONNMARK(save):F 0.0.0.0/0 0.0.0.0/0\n' >/etc/shorewall/mangle
printf '?FORMAT 3\nNOTRACK:P eth0 - udp 53\n' >/etc/shorewall/conntrack

step 'capabilities' shorewall show capabilities
step 'capabilities6' shorewall6 show capabilities
step 'check' shorewall check
step 'start' shorewall start
step 'start6' shorewall6 start
step 'status' shorewall status
step 'show' shorewall show
step 'show nat' shorewall show nat
step 'show mangle' shorewall show mangle
step 'show chain' shorewall show net-fw
step 'show policies' shorewall show policies
step 'drop an address' shorewall drop 198.51.100.7
step 'reject an address' shorewall reject 198.51.100.8
step 'logdrop' shorewall logdrop 198.51.100.9
step 'show dynamic' shorewall show dynamic
step 'allow' shorewall allow 198.51.100.7
step 'save' shorewall save
step 'reload' shorewall reload
step 'restart' shorewall restart
step 'restart6' shorewall6 restart
step 'reset counters' shorewall reset
step 'reset of a chain' shorewall reset net-fw
step 'refresh' shorewall reload -C
step 'stop' shorewall stop
step 'restore' shorewall restore
step 'clear' shorewall clear
step 'clear6' shorewall6 clear
step 'start after clear' shorewall start
step 'flushed by hand' bash -c 'iptables -P INPUT ACCEPT; iptables -F; iptables -X; iptables -t nat -F; iptables -t nat -X'
step 'start after flush' shorewall start
step 'try of something refused' bash -c 'echo "ACCEPT net fw tcp 99999" >>/etc/shorewall/rules; shorewall reload'
step 'stop6' shorewall6 stop
