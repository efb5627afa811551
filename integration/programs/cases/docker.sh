# docker.io: the daemon with --iptables, networks, and containers with published ports.
# packages: docker.io
# alike: 127\.0\.0\.11:\d+|--sport \d{5}|br-[0-9a-f]{12}|\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b|([0-9a-f]{2}:){5}[0-9a-f]{2}
# order: any
source /opt/steps.sh
two_interfaces
umount -R /sys/fs/cgroup 2>/dev/null
mount -t tmpfs cgroup /sys/fs/cgroup 2>/dev/null
mkdir -p /sys/fs/cgroup/devices /sys/fs/cgroup/cpu /sys/fs/cgroup/memory
mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null
mount -t tmpfs tmpfs /var/lib
mkdir -p /var/lib/docker
daemon() {
  dockerd --storage-driver=vfs --iptables=true --ip6tables --experimental --fixed-cidr-v6 2001:db8:d::/64 --ipv6 "$@" >>/out/dockerd.log 2>&1 &
  echo $! >/run/daemon.pid
  local try
  for ((try = 0; try < 200; try++)); do
    docker info >/dev/null 2>&1 && return 0
    sleep 0.1
  done
  return 1
}
stop() { kill "$(cat /run/daemon.pid)"; tail --pid="$(cat /run/daemon.pid)" -f /dev/null; }
step 'start' daemon
step 'network' docker network create --subnet 10.77.0.0/16 --opt com.docker.network.bridge.name=own0 own
step 'internal network' docker network create --internal --subnet 10.78.0.0/16 --opt com.docker.network.bridge.name=own1 inside
step 'no icc' docker network create --subnet 10.79.0.0/16 --opt com.docker.network.bridge.name=own2 --opt com.docker.network.bridge.enable_icc=false noicc
step 'v6 network' docker network create --ipv6 --subnet 10.80.0.0/16 --subnet 2001:db8:80::/64 --opt com.docker.network.bridge.name=own3 six
step 'user rules' iptables -I DOCKER-USER -s 192.0.2.9 -j DROP
step 'image' bash -c 'mkdir -p /root/i/bin && cp /usr/bin/sleep /root/i/bin && for f in $(ldd /usr/bin/sleep | grep -o "/[^ ]*"); do mkdir -p /root/i$(dirname $f); cp $f /root/i$f; done; tar -C /root/i -c . | docker import - own >/dev/null'
step 'published port' bash -c 'docker run -d --name one --network own --ip 10.77.0.5 -p 8080:80 -p 192.0.2.2:5353:53/udp own /bin/sleep 1000 >/dev/null'
step 'two more' bash -c 'docker run -d --name two --network noicc --ip 10.79.0.5 -p 9000-9003:9000-9003 own /bin/sleep 1000 >/dev/null'
step 'remove one' docker rm -f one
# The daemon takes its networks up again in any order, so that only one is left.
step 'remove two' docker rm -f two
step 'remove networks' docker network rm inside six noicc
step 'published again' bash -c 'docker run -d --name one --network own --ip 10.77.0.5 -p 8080:80 own /bin/sleep 1000 >/dev/null'
step 'flush' bash -c 'iptables -F; iptables -t nat -F; iptables -X; iptables -t nat -X'
step 'stop' stop
step 'start after flush' daemon
step 'stop at last' stop
