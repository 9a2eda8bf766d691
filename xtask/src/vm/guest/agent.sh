#!/bin/sh
# Runs what comes in on the machine's virtio-serial port, and nothing else listens there.
#   in:  "NUMBER SIZE\n", then SIZE bytes of a shell script
#   out: "ready UPTIME\n" once; for each script "done NUMBER STATUS SIZE\n", then SIZE bytes of output
# Only what works without udev is used: the port has its kernel name.
export PATH=/run/machine/tools:$PATH
port() {
    for port in /dev/vport*p1; do
        [ -c "$port" ] && return 0
    done
    return 1
}
modprobe --quiet virtio_console
tries=0
until port; do
    tries=$((tries + 1))
    [ $tries -lt 400 ] || { echo "machine agent: no port"; exit 1; }
    sleep 0.05
done
folder=/run/machine/agent
mkdir -p $folder
exec 3<>"$port"
read -r uptime rest </proc/uptime
echo "ready $uptime" >&3
while read -r number size <&3; do
    script=$folder/$number
    head -c "$size" <&3 >$script
    setsid --wait sh $script </dev/null >$script.out 2>&1
    status=$?
    echo "done $number $status $(stat -c %s $script.out)" >&3
    cat $script.out >&3
done
