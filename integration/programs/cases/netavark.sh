# netavark: podman's networks, set up and torn down by their JSON.
# packages: netavark
# alike: ([0-9a-f]{2}:){5}[0-9a-f]{2}
source /opt/steps.sh
two_interfaces
mkdir -p /run/netns
ip netns add pod1
ip netns add pod2
network() { # NAME ID DEVICE SUBNET GATEWAY INTERNAL
  printf '"%s":{"name":"%s","id":"%s","driver":"bridge","network_interface":"%s","subnets":[{"subnet":"%s","gateway":"%s"}],"ipv6_enabled":%s,"internal":%s,"dns_enabled":false,"ipam_options":{"driver":"host-local"},"options":{}}' \
    "$1" "$1" "$2" "$3" "$4" "$5" "$([[ $4 == *:* ]] && echo true || echo false)" "$6"
}
container() { # ID NAME PORTS NETWORKS NETWORK_INFO
  printf '{"container_id":"%s","container_name":"%s","port_mappings":%s,"networks":{%s},"network_info":{%s}}' "$@"
}
id1=1111111111111111111111111111111111111111111111111111111111111111
id2=2222222222222222222222222222222222222222222222222222222222222222
ports='[{"container_port":80,"host_ip":"","host_port":8080,"protocol":"tcp","range":1},{"container_port":9000,"host_ip":"192.0.2.2","host_port":9000,"protocol":"udp","range":5}]'
none='[]'
four=$(network four 53ce4390f2adb1681eb1a90ec8b48c49c015e0a8d336c197637e7f65e365fa9e podman1 10.88.0.0/16 10.88.0.1 false)
six=$(network six 6664390f2adb1681eb1a90ec8b48c49c015e0a8d336c197637e7f65e365fa9e6 podman2 2001:db8:88::/64 2001:db8:88::1 false)
inside=$(network inside 7774390f2adb1681eb1a90ec8b48c49c015e0a8d336c197637e7f65e365fa9e7 podman3 10.90.0.0/24 10.90.0.1 true)
on() { printf '"%s":{"static_ips":["%s"],"interface_name":"%s"}' "$@"; }

container $id1 one "$ports" "$(on four 10.88.0.2 eth0)" "$four" >/root/one.json
container $id2 two "$none" "$(on four 10.88.0.3 eth0),$(on six 2001:db8:88::3 eth1),$(on inside 10.90.0.3 eth2)" "$four,$six,$inside" >/root/two.json
container $id1 one "$ports" "$(on six 2001:db8:88::2 eth0)" "$six" >/root/three.json
netavark_() { netavark --config /run/netavark "$1" "/run/netns/$2" <"/root/$3.json"; }
mkdir -p /run/netavark
export NETAVARK_FW=iptables

step 'set up one' netavark_ setup pod1 one
step 'set up two' netavark_ setup pod2 two
step 'tear down one' netavark_ teardown pod1 one
step 'set up six' netavark_ setup pod1 three
step 'tear down six' netavark_ teardown pod1 three
step 'set up one again' netavark_ setup pod1 one
step 'flush' bash -c 'iptables -F; iptables -t nat -F'
step 'tear down after flush' netavark_ teardown pod1 one
step 'tear down two' netavark_ teardown pod2 two
