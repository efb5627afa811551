# ferm: rule files with nesting, both families, applied through -restore and line by line.
# packages: ferm
source /opt/steps.sh
two_interfaces

# Debian's ferm looks in /usr/sbin first, and there for iptables-legacy; here it takes iptables, wherever $PATH leads.
sed -i -e "s|my @path = .*|my @path = split ':', \$ENV{PATH};|" -e "s|'-legacy'|''|" /usr/sbin/ferm

cat >/root/small.ferm <<'RULES'
table filter {
    chain INPUT {
        policy DROP;
        mod state state INVALID DROP;
        mod state state (ESTABLISHED RELATED) ACCEPT;
        interface lo ACCEPT;
        proto icmp ACCEPT;
        proto tcp dport (ssh http 8000:8010) ACCEPT;
    }
    chain OUTPUT policy ACCEPT;
    chain FORWARD policy DROP;
}
RULES

cat >/root/large.ferm <<'RULES'
@def $WORLD = eth0;
@def $INSIDE = eth1;
@def $NET = 10.1.0.0/16;
@def &FORWARD_TCP($port, $dest) = {
    table filter chain FORWARD interface $WORLD outerface $INSIDE daddr $dest proto tcp dport $port ACCEPT;
    table nat chain PREROUTING interface $WORLD proto tcp dport $port DNAT to $dest;
}
domain (ip ip6) {
    table filter {
        chain (INPUT FORWARD) {
            policy DROP;
            mod conntrack ctstate (ESTABLISHED RELATED) ACCEPT;
            mod conntrack ctstate INVALID { LOG log-prefix "invalid: " log-level warning; DROP; }
        }
        chain INPUT {
            interface lo ACCEPT;
            proto tcp mod multiport destination-ports (80 443 1000:1010) mod comment comment "the web, 'all' of it" ACCEPT;
            proto tcp dport 22 @subchain "ssh" {
                mod recent name ssh update seconds 60 hitcount 4 DROP;
                mod recent name ssh set ACCEPT;
            }
            proto udp mod limit limit 5/second limit-burst 7 ACCEPT;
            proto udp mod hashlimit hashlimit 10/minute hashlimit-mode (srcip) hashlimit-name h1 ACCEPT;
            mod mac mac-source 02:00:00:00:00:01 ACCEPT;
            mod pkttype pkt-type (broadcast multicast) NOP;
        }
        chain OUTPUT { policy ACCEPT; mod owner uid-owner root jump local_out; }
        chain local_out { proto tcp tcp-flags (SYN RST) SYN TCPMSS clamp-mss-to-pmtu; RETURN; }
    }
    table mangle {
        chain PREROUTING { interface $WORLD mod mark mark ! 0x1 MARK set-mark 0x1; CONNMARK save-mark; }
        chain FORWARD proto tcp tcp-flags (SYN RST) SYN TCPMSS clamp-mss-to-pmtu;
        chain POSTROUTING proto tcp dport ssh TOS set-tos 0x10;
        chain POSTROUTING outerface $WORLD DSCP set-dscp-class EF;
    }
    table raw chain PREROUTING proto udp dport 53 NOTRACK;
}
domain ip {
    table filter chain INPUT {
        proto icmp icmp-type echo-request mod limit limit 1/second ACCEPT;
        saddr ! $NET interface $INSIDE REJECT reject-with icmp-admin-prohibited;
        saddr (192.0.2.5 192.0.2.6) daddr 198.51.100.0/24 goto other;
        mod time timestart 08:00 timestop 17:30 weekdays "Mon,Tue" proto tcp dport 8080 ACCEPT;
        mod iprange src-range 10.0.0.1-10.0.0.9 ACCEPT;
        mod addrtype dst-type LOCAL proto tcp dport 9 REJECT reject-with tcp-reset;
        mod length length 100:200 mod ttl ttl-lt 3 DROP;
        mod string algo bm string "bad words" DROP;
        NFLOG nflog-group 2 nflog-prefix "end of input";
        ULOG;
    }
    table filter chain other NFQUEUE queue-num 3;
    table nat {
        chain POSTROUTING { outerface $WORLD saddr $NET MASQUERADE; saddr 10.2.0.0/16 SNAT to 192.0.2.9; }
        chain PREROUTING { proto tcp dport 81 REDIRECT to-ports 8081; daddr 192.0.2.7 DNAT to (10.1.0.7); }
    }
    &FORWARD_TCP(25, 10.1.0.25);
    &FORWARD_TCP((143 993), 10.1.0.26);
}
domain ip6 table filter chain INPUT {
    proto icmpv6 icmpv6-type (router-advertisement neighbor-solicitation neighbor-advertisement echo-request) ACCEPT;
    saddr 2001:db8:1::/64 ACCEPT;
    saddr fe80::/10 proto udp dport 546 ACCEPT;
    REJECT reject-with icmp6-adm-prohibited;
}
RULES
sed -i '/ULOG;/d' /root/large.ferm

cat >/root/preserve.ferm <<'RULES'
table filter chain (KEEP-1 KEEP-2) @preserve;
table filter chain INPUT { proto tcp dport 99 ACCEPT; jump KEEP-1; }
@hook post "iptables -A KEEP-1 -p tcp --dport 7 -j ACCEPT";
RULES

step 'small' ferm /root/small.ferm
step 'small again' ferm /root/small.ferm
step 'large' ferm /root/large.ferm
step 'large, with a shell' ferm --shell /root/large.ferm
step 'large, lines only' ferm --noexec --lines /root/large.ferm
step 'small, slow' ferm --slow /root/small.ferm
step 'large, slow' ferm --slow /root/large.ferm
step 'large, ip6 only' ferm --domain ip6 /root/large.ferm
step 'small, noflush' ferm --noflush --lines /root/small.ferm
step 'flush large' ferm --flush /root/large.ferm
step 'prepare preserve' bash -c 'iptables -N KEEP-1; iptables -N KEEP-2; iptables -A KEEP-1 -s 192.0.2.77 -j DROP'
step 'preserve' ferm --lines /root/preserve.ferm
step 'a rule that is refused' bash -c 'echo "table filter chain INPUT proto tcp dport 70000 ACCEPT;" | ferm -'
step 'a target that is unknown' bash -c 'echo "table filter chain INPUT proto tcp jump NOSUCH;" | ferm -'
step 'save' iptables-save
step 'save6' ip6tables-save
step 'small, last' ferm /root/small.ferm
step 'flush small' ferm --flush /root/small.ferm
