// official.mjs URL KEY live|stream: reads addresses from standard input, a line each, and writes what the bouncer would do with each. In
// stream mode the line "refresh" asks for what changed first.
import { createInterface } from 'node:readline';
import { CrowdSecBouncer } from '@crowdsec/nodejs-bouncer';

const [url, bouncerApiToken, mode] = process.argv.slice(2);
const bouncer = new CrowdSecBouncer({ url, bouncerApiToken, streamMode: mode === 'stream', cleanIpCacheDuration: 1, badIpCacheDuration: 1 });
if (mode === 'stream') await bouncer.refreshDecisions({ isFirstFetch: true });
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
	if (line === 'refresh') {
		await bouncer.refreshDecisions({ isFirstFetch: false });
		console.log('refreshed');
		continue;
	}
	const { remediation } = await bouncer.getIpRemediation(line);
	console.log(`${line} ${remediation}`);
}
