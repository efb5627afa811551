# iptables-persistent, netfilter-persistent and iptables-apply: rules saved, loaded and tried.
# packages: iptables-persistent
source /opt/steps.sh
two_interfaces
iptables -A INPUT -p tcp --dport 22 -j ACCEPT
iptables -P FORWARD DROP
iptables -t nat -A POSTROUTING -o eth0 -j MASQUERADE
ip6tables -A INPUT -p ipv6-icmp -j ACCEPT
ip6tables -N own
ip6tables -A own -m comment --comment "a comment" -j RETURN
step 'save' netfilter-persistent save
step 'the files' cat /etc/iptables/rules.v4 /etc/iptables/rules.v6
step 'flush' netfilter-persistent flush
step 'start' netfilter-persistent start
step 'reload' netfilter-persistent reload
step 'stop' netfilter-persistent stop
step 'bad file' bash -c 'echo nonsense >>/etc/iptables/rules.v4; netfilter-persistent start'
iptables-save | sed 's/--dport 22/--dport 2222/' >/root/new.rules
sed '/COMMIT/i -A NOSUCH -j ACCEPT' /root/new.rules >/root/bad.rules
step 'apply, confirmed' bash -c 'echo y | iptables-apply -t 2 /root/new.rules'
step 'apply, not confirmed' bash -c 'echo n | iptables-apply -t 2 /root/new.rules'
step 'apply, too late' bash -c 'sleep 4 | iptables-apply -t 1 /root/new.rules'
step 'apply of something wrong' bash -c 'echo y | iptables-apply -t 2 /root/bad.rules'
step 'apply a command' bash -c 'echo "iptables -A INPUT -p udp --dport 1 -j DROP" >/root/command; chmod +x /root/command; echo y | iptables-apply -t 2 -c /root/command'
