#!/usr/bin/env bash
# Shows what tocsin finds in two made-up logs, and why. Called by `make demo`; needs nothing but the program.
set -euo pipefail
cd "$(dirname "$0")/.."

tocsin=${TOCSIN:-bin/tocsin}
if [ ! -x "$tocsin" ]; then
	echo "demo: there is no $tocsin; run 'make build' first" >&2
	exit 1
fi

heading() { printf '\n== %s\n\n' "$1"; }
shown() {
	local word
	printf '$ tocsin'
	for word in "$@"; do
		case $word in
		*[!A-Za-z0-9_./-]*) printf " '%s'" "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
	printf '\n'
	"$tocsin" "$@"
}

heading "A morning of logins on a small server: who would be banned?"
shown replay --type syslog rules/samples/auth.log

heading "A morning of a bee-keeper's web site"
shown replay --type nginx rules/samples/access.log

heading "An attacker calls itself \"root from 192.0.2.10 port 22 ssh2\", so that 192.0.2.10 be banned. What is read?"
line=$(grep -m 1 'Invalid user root from' rules/samples/auth.log)
shown explain --type syslog --line "$line"

heading "Why was 198.51.100.40 found? Its alert holds the proof: the rule, the lines, how full the bucket was"
# One alert is one line of JSON. The fields are picked out without jq, which not everybody has.
alert=$("$tocsin" replay --type nginx -o json rules/samples/access.log | grep '"scenario":"tocsin/http-probing"' | grep '"value":"198.51.100.40"')
evidence=${alert#*\"evidence\":}
echo "$evidence" | grep -o '"\(name\|file\|hash\|reason\)":"[^"]*"' | sed -n 1,4p
echo "lines that filled the bucket, and how full it was after each:"
echo "$evidence" | grep -o '"level":[0-9.]*,"raw":"\([^"\\]\|\\.\)*"' |
	sed -e 's/^"level":\([0-9]*\.\{0,1\}[0-9]\{0,1\}\)[0-9]*,"raw":"/  \1\t/' -e 's/"$//' -e 's/\\"/"/g' | cut -c 1-110

heading "What to try next"
cat <<'NEXT'
  tocsin replay --type syslog /var/log/auth.log          your own logins
  tocsin replay --type nginx /var/log/nginx/access.log   your own visitors
  tocsin explain --type auto --failures FILE             which lines are not understood, and why
  docs/rules.md                                          what is built in, and how to write a rule of your own
Nothing of this blocks, stores or sends anything.
NEXT
