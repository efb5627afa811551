# apf-firewall: hundreds of single calls from a shell script.
# packages: apf-firewall
# alike: apf\(\d+\)
# ignore: ^\w{3} +\d+ \d\d:\d\d:\d\d
source /opt/steps.sh
two_interfaces
conf=/etc/apf-firewall/conf.apf
sed -i -e 's/^DEVEL_MODE=.*/DEVEL_MODE="0"/' -e 's/^IFACE_IN=.*/IFACE_IN="eth0"/' -e 's/^IFACE_OUT=.*/IFACE_OUT="eth0"/' \
  -e 's/^IFACE_TRUSTED=.*/IFACE_TRUSTED="eth1"/' -e 's/^IG_TCP_CPORTS=.*/IG_TCP_CPORTS="22,80,443,8000_8010"/' \
  -e 's/^IG_UDP_CPORTS=.*/IG_UDP_CPORTS="53"/' -e 's/^EGF=.*/EGF="1"/' -e 's/^DLIST_\(.*\)=.*/DLIST_\1="0"/' \
  -e 's/^SET_MONOKERN=.*/SET_MONOKERN="1"/' -e 's/^SET_FASTLOAD=.*/SET_FASTLOAD="0"/' -e 's/^SET_REFRESH=.*/SET_REFRESH="0"/' \
  -e 's/^BLK_RESNET=.*/BLK_RESNET="1"/' -e 's/^RAB=.*/RAB="1"/' $conf
sed -i 's/^RUN=.*/RUN="yes"/' /etc/default/apf-firewall
echo 203.0.113.50 >>/etc/apf-firewall/deny_hosts.rules
step 'start' apf -s
step 'list' bash -c 'iptables -nvL'
step 'deny' apf -d 198.51.100.7 'a comment'
step 'allow' apf -a 198.51.100.8
step 'unban' apf -u 198.51.100.7
step 'restart' apf -r
step 'refresh' apf -e
step 'stop' apf -f
