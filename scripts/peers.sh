#!/usr/bin/env bash
# Fetches the programs of others that test/e2e runs against ours into a folder (bin/peers), once: Debian's packages are
# unpacked, never installed; npm's come by their lock file. It needs apt-get, dpkg and npm, and the network.
set -euo pipefail
cd "$(dirname "$0")/.."
to=${1:-bin/peers}
mkdir -p "$to"
to=$(cd "$to" && pwd)

for package in crowdsec crowdsec-firewall-bouncer crowdsec-custom-bouncer; do
	[ -e "$to/$package" ] && continue
	echo "unpacking $package"
	(
		cd "$(mktemp -d)"
		apt-get download -qq "$package" 2>/dev/null || { apt-get update -qq && apt-get download -qq "$package"; }
		dpkg -x "$package"_*.deb "$package"
		mv "$package" "$to/$package.part"
	)
	mv "$to/$package.part" "$to/$package"
done

if ! cmp -s test/e2e/npm/package-lock.json "$to/npm/package-lock.json"; then
	echo "fetching npm's packages"
	rm -rf "$to/npm" "$to/npm.part" && mkdir "$to/npm.part"
	cp test/e2e/npm/package.json test/e2e/npm/package-lock.json "$to/npm.part"
	(cd "$to/npm.part" && npm ci --silent --no-audit --no-fund --ignore-scripts)
	mv "$to/npm.part" "$to/npm"
fi
echo "$to"
