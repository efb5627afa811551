# ufw: a host firewall with both families, through -restore files and single calls.
# packages: ufw
# alike: ufw6?-caps-test\w+
# alike: rules\.\d+_\d+
source /opt/steps.sh
two_interfaces

cat >/etc/ufw/applications.d/own <<'PROFILE'
[Own]
title=An application
description=With ports of its own
ports=8080/tcp|9000:9010/udp|53
PROFILE

step 'version' ufw version
step 'status before' ufw status verbose
step 'allow ssh' ufw allow ssh
step 'enable' ufw --force enable
step 'status' ufw status verbose
step 'allow 80' ufw allow 80/tcp
step 'comment' ufw allow 443/tcp comment 'the web; all of it'
step 'deny from' ufw deny from 203.0.113.7
step 'reject' ufw reject out 25/tcp
step 'limit' ufw limit 2222/tcp
step 'range' ufw allow 6000:6007/udp
step 'several ports' ufw allow proto tcp from 10.1.0.0/16 to any port 80,443,8000:8010
step 'interface' ufw allow in on eth1 from 10.1.0.0/16 to 10.1.0.1 port 53
step 'out on' ufw allow out on eth0 to 198.51.100.0/24 port 123 proto udp
step 'log' ufw allow log 23/tcp
step 'log-all' ufw deny log-all in on eth0 to any port 24 proto tcp
step 'v6 only' ufw allow from 2001:db8:1::/64 to any port 22 proto tcp
step 'esp' ufw allow proto esp from 192.0.2.9
step 'gre' ufw allow proto gre from 192.0.2.10
step 'app' ufw allow Own
step 'app info' ufw app info Own
step 'route' ufw route allow in on eth1 out on eth0
step 'route to' ufw route deny in on eth0 out on eth1 to 10.1.0.9 port 25 proto tcp
step 'insert' ufw insert 1 deny from 198.51.100.99
step 'prepend' ufw prepend deny from 198.51.100.98
step 'status numbered' ufw status numbered
step 'delete by number' ufw --force delete 2
step 'delete by rule' ufw delete allow 80/tcp
step 'delete what is not there' ufw delete allow 4444/tcp
step 'refused' ufw allow 99999/tcp
step 'logging high' ufw logging high
step 'logging full' ufw logging full
step 'logging low' ufw logging low
step 'default deny outgoing' ufw default deny outgoing
step 'default allow routed' ufw default allow routed
step 'default reject incoming' ufw default reject incoming
step 'reload' ufw reload
step 'raw' ufw show raw
step 'builtins' ufw show builtins
step 'user rules' ufw show user-rules
step 'added' ufw show added
step 'init status' /lib/ufw/ufw-init status
step 'init force-reload' /lib/ufw/ufw-init force-reload
step 'init stop' /lib/ufw/ufw-init stop
step 'init start' /lib/ufw/ufw-init start
step 'init flush-all' /lib/ufw/ufw-init flush-all
step 'init start after flush-all' /lib/ufw/ufw-init start
step 'disable' ufw disable
step 'enable again' ufw --force enable
step 'reset' ufw --force reset
step 'enable after reset' ufw --force enable
step 'check requirements' /usr/share/ufw/check-requirements
step 'disable at the end' ufw disable
