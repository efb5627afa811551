# fwsnort and psad: large files of string matches, made from signatures, and blocks of single addresses.
# packages: fwsnort psad
# ignore: fwsnort (v|Version|exec)|\[\d\d:\d\d:\d\d\]|[Gg]enerated|Found sid
# alike: (Mon|Tue|Wed|Thu|Fri|Sat|Sun) .* \d{4}
source /opt/steps.sh
two_interfaces

sed -i -e "s|/sbin/iptables|/opt/names/iptables|;s|/sbin/ip6tables|/opt/names/ip6tables|" /etc/fwsnort/fwsnort.conf /etc/psad/psad.conf
ls /etc/fwsnort /etc/fwsnort/snort_rules 2>/dev/null >/out/files
if ! ls /etc/fwsnort/snort_rules/*.rules >/dev/null 2>&1; then
  mkdir -p /etc/fwsnort/snort_rules
fi
{
  for ((n = 0; n < 400; n++)); do
    printf 'alert tcp $EXTERNAL_NET any -> $HOME_NET %d (msg:"OWN number %d"; flow:established,to_server; content:"attack|0d 0a|%d"; nocase; content:"/bin/sh\\;%d"; offset:4; depth:200; reference:url,example.org/%d; classtype:attempted-admin; sid:%d; rev:1;)\n' \
      $((n + 1)) "$n" "$n" "$n" "$n" $((3000000 + n))
    printf 'alert udp $EXTERNAL_NET any -> $HOME_NET %d:%d (msg:"OWN udp %d"; content:"|00 01 %02x ff|"; dsize:>20; sid:%d; rev:2;)\n' \
      $((n + 1)) $((n + 9)) "$n" $((n % 256)) $((3100000 + n))
  done
  printf 'alert icmp $EXTERNAL_NET any -> $HOME_NET any (msg:"OWN icmp"; itype:8; content:"ping"; ttl:5; sid:3200000; rev:1;)\n'
  printf 'alert tcp $EXTERNAL_NET any -> $HOME_NET 80 (msg:"OWN flags"; flags:SF; sid:3200001; rev:1;)\n'
  printf 'alert ip any any -> any any (msg:"OWN ip"; ip_proto:103; tos:16; sid:3200002; rev:1;)\n'
} >/etc/fwsnort/snort_rules/own.rules

step 'version' fwsnort --Version
step 'translate' fwsnort --no-ipt-sync --no-addresses
step 'the file' cat /var/lib/fwsnort/fwsnort.save
step 'apply' /var/lib/fwsnort/fwsnort.sh
step 'list' fwsnort --ipt-list
step 'list native' iptables -t filter -v -n -L
step 'flush' fwsnort --ipt-flush
step 'drop' fwsnort --ipt-drop --no-ipt-sync --no-addresses --include-type own
step 'apply drop' /var/lib/fwsnort/fwsnort.sh
step 'again' /var/lib/fwsnort/fwsnort.sh
step 'save and restore' bash -c 'iptables-save >/root/saved && iptables-restore </root/saved'
step 'revert' /var/lib/fwsnort/fwsnort.sh -r
step 'ip6' fwsnort --ip6tables --no-ipt-sync --no-addresses
step 'apply ip6' /var/lib/fwsnort/fwsnort.sh

sed -i -e 's/^ENABLE_AUTO_IDS .*/ENABLE_AUTO_IDS Y;/' -e 's/^HOSTNAME .*/HOSTNAME programs;/' /etc/psad/psad.conf
step 'psad analyses' psad --fw-list-auto
step 'psad flush' psad --Flush
step 'psad: what fits the policy' psad --fw-analyze --fw-dump
