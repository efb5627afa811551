# fail2ban: a server with jails for each action that calls iptables, and addresses banned by hand.
# packages: fail2ban
# order: any
# ignore: Uptime|\d{4}-\d\d-\d\d
source /opt/steps.sh
two_interfaces
rm -f /etc/fail2ban/jail.d/*
cat >/etc/fail2ban/filter.d/never.conf <<'FILTER'
[Definition]
failregex = ^never <HOST>$
FILTER
touch /var/log/never.log
{
  printf '[DEFAULT]\nbackend = polling\nbantime = 3600\nallowipv6 = auto\n'
  printf '[one]\nenabled = true\nfilter = never\nlogpath = /var/log/never.log\nport = ssh\naction = iptables[name=one, port=ssh, protocol=tcp]\n'
  printf '[many]\nenabled = true\nfilter = never\nlogpath = /var/log/never.log\naction = iptables-multiport[name=many, port="http,https,8000:8010", protocol=tcp]\n'
  printf '[all]\nenabled = true\nfilter = never\nlogpath = /var/log/never.log\naction = iptables-allports[name=all]\n'
  printf '[drop]\nenabled = true\nfilter = never\nlogpath = /var/log/never.log\naction = iptables-allports[name=drop, blocktype=DROP, chain=FORWARD]\n'
  printf '[logged]\nenabled = true\nfilter = never\nlogpath = /var/log/never.log\naction = iptables-multiport-log[name=logged, port="25,465", protocol=tcp]\n'
  printf '[fresh]\nenabled = true\nfilter = never\nlogpath = /var/log/never.log\naction = iptables-new[name=fresh, port=2222, protocol=tcp]\n'
  printf '[set]\nenabled = true\nfilter = never\nlogpath = /var/log/never.log\naction = iptables-ipset-proto6[name=set, port=ssh, protocol=tcp]\n'
  printf '[setall]\nenabled = true\nfilter = never\nlogpath = /var/log/never.log\naction = iptables-ipset-proto6-allports[name=setall]\n'
  printf '[recent]\nenabled = true\nfilter = never\nlogpath = /var/log/never.log\naction = iptables-xt_recent-echo[name=recent]\n'
} >/etc/fail2ban/jail.local
mkdir -p /run/fail2ban

# The server bans in threads of its own, and does not say when it has.
ban() { fail2ban-client set "$1" banip "$2"; sleep 1; }
unban() { fail2ban-client set "$1" unbanip "$2"; sleep 0.6; }

start() { fail2ban-client start; sleep 2; }
step 'start' start
jails='one many all drop logged fresh set setall'
for jail in $jails; do
  step "$jail: ban" ban "$jail" 203.0.113.7
  step "$jail: ban another" ban "$jail" 203.0.113.8
  step "$jail: ban v6" ban "$jail" 2001:db8::7
  step "$jail: status" fail2ban-client get "$jail" banip
  step "$jail: unban" unban "$jail" 203.0.113.7
done
flush_and_ban() { iptables -F; iptables -X; sleep 0.2; ban all 203.0.113.30; }
step 'after somebody flushed all' flush_and_ban
step 'reload' bash -c 'fail2ban-client reload; sleep 2'
step 'restart of one' bash -c 'fail2ban-client restart many; sleep 1'
step 'unban all' bash -c 'fail2ban-client unban --all; sleep 1'
step 'stop' bash -c 'fail2ban-client stop; sleep 1'
# What its actions were told. The jails stop side by side, so that the lines come in any order.
complaints() { grep -E 'ERROR|WARN' /var/log/fail2ban.log | sed 's/.* -- //; s/.*\]: //' | sort; }
step 'log' complaints
