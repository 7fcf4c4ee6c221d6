#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# against_suricata.sh ROOT CAPTURE RULES OUR_MS: the peer on the same capture and rules, one thread, checksums ignored.
#
# ROOT is a folder with a Debian that has Suricata 8 installed, for instance made by
#   debootstrap --variant=minbase --include=suricata sid ROOT
# Its time is that of the packets alone: from "engine started" to the end, as its own log says.
set -u
root=$1 capture=$2 rules=$3 ours=$4
work=$(mktemp -d "$root/tmp/bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp "$capture" "$work/capture.pcap"
cp "$rules" "$work/all.rules"
inside=${work#"$root"}
chroot "$root" suricata -r "$inside/capture.pcap" -S "$inside/all.rules" -l "$inside" -k none --runmode single \
	--set vars.address-groups.HOME_NET=any --set vars.address-groups.EXTERNAL_NET=any -v >"$work/log" 2>&1
read -r packets ms < <(awk '/read [0-9]+ packets/ || /pcap file.*packets/ { for (i = 1; i <= NF; i++) if ($i == "packets," || $i == "packets") n = $(i - 1) }
	/Engine started/ { start = $0 } /time elapsed/ { for (i = 1; i <= NF; i++) if ($i == "elapsed") t = $(i + 1) }
	END { gsub(/[^0-9.]/, "", t); print n + 0, t * 1000 }' "$work/log")
alerts=$(grep -c '"event_type":"alert"' "$work/eve.json")
printf '%-52s %s\n' "Suricata on the same" "${ms%.*} ms, $alerts alerts"
awk -v peer="$ms" -v us="$ours" 'BEGIN { printf "%-52s %.2f\n", "packets/s ÷ Suricata'"'"'s", us ? peer / us : 0 }'
