// client.mjs URL KEY MACHINE PASSWORD: a bouncer that follows the stream and a machine that searches and deletes, by the
// community's client. Writes "added VALUE", "deleted VALUE"; reads commands from standard input.
import { createInterface } from 'node:readline';
import { BouncerClient, WatcherClient } from 'crowdsec-client';

const [url, apiKey, machineID, password] = process.argv.slice(2);
const bouncer = new BouncerClient({ url, auth: { apiKey } });
await bouncer.login();
const watcher = new WatcherClient({ url, auth: { machineID, password, autoRenew: false } });
await watcher.login();
const stream = bouncer.Decisions.getStream({ interval: 500, scopes: ['ip', 'range'] });
stream.on('added', (d) => console.log(`added ${d.value}`));
stream.on('deleted', (d) => console.log(`deleted ${d.value}`));
stream.resume();
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
	const [verb, value] = line.split(' ');
	if (verb === 'live') {
		const found = await bouncer.Decisions.search({ ip: value });
		console.log(`live ${value} ${(found ?? []).map((d) => d.type).join(',') || 'clean'}`);
	} else if (verb === 'alerts') {
		const found = await watcher.Alerts.search({ ip: value, has_active_decision: true });
		console.log(`alerts ${value} ${(found ?? []).length}`);
	} else if (verb === 'forget') {
		// Alerts.delete sends its filter where no API looks, in the body: the server would take it for "all of them".
		const refused = await watcher.Alerts.delete({ ip: value }).then(() => 'done', () => 'refused');
		for (const alert of (await watcher.Alerts.search({ ip: value })) ?? []) await watcher.Alerts.deleteById(alert.id);
		console.log(`all ${refused}, forgot ${value}`);
	}
}
process.exit(0);
