#!/usr/bin/env bash
# Writes cmd/tocsin/default.pgo, by which Go's compiler knows what is hot: from replays of made-up logs with the rules of
# a CrowdSec hub (../shared/corpora/hub, or $TOCSIN_CORPORA/hub). Run it after work on the hot path.
set -euo pipefail
cd "$(dirname "$0")/.."

hub=${TOCSIN_CORPORA:-../shared/corpora}/hub
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -pgo=off -o "$dir/tocsin" ./cmd/tocsin
base=crowdsecurity/syslog-logs,crowdsecurity/dateparse-enrich,crowdsecurity/geoip-enrich

profile() { # profile <kind> <type> <rules> ...
	local kind=$1 type=$2
	shift 2
	"$dir/tocsin" replay --hub "$hub" --type "$type" --now 2026-08-22T12:00:00Z --workers 1 \
		--cpuprofile "$dir/$kind-$((n += 1)).prof" "$@" -o raw "$dir/$kind.log" >/dev/null 2>&1
}

n=0
for kind in nginx sshd; do
	go run ./bench/cmd/gen --kind "$kind" --lines 1000000 --seed 1 "$dir/$kind.log"
done
profile nginx nginx --install "crowdsecurity/nginx,$base"
profile sshd syslog --install "crowdsecurity/sshd,$base"
profile nginx nginx --all
profile sshd syslog --all
go tool pprof -proto "$dir"/*.prof >cmd/tocsin/default.pgo 2>/dev/null
ls -l cmd/tocsin/default.pgo
