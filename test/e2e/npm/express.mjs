// express.mjs URL KEY PORT: an application behind the express bouncer, which takes the visitor's address from
// X-Forwarded-For.
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const express = require('express');
const bouncer = require('@crowdsec/express-bouncer');

const [url, apiKey, port] = process.argv.slice(2);
const guard = await bouncer({
	url,
	apiKey,
	trustedRangesForIpForwarding: ['127.0.0.1/32', '::1/128'],
});
const app = express();
app.use(express.urlencoded({ extended: true }));
app.use(guard);
app.get('/', (_, res) => res.send('The way is clear!'));
app.listen(Number(port), '127.0.0.1', () => console.log('ready'));
