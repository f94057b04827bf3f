/**
 * A shop's page and its server, both through `@tillcast/api/client`, beside a running Tillcast:
 *
 *     npm start                                   # a shop to ask, on http://127.0.0.1:8080
 *     node examples/client/shop.ts http://127.0.0.1:8080
 */
import { openClient } from '@tillcast/api/client';

const url = process.argv[2] ?? 'http://127.0.0.1:8080';

// The page: nothing leaves before the shopper agrees; what happened until then waits.
const page = openClient({ url, onRejected: (event, problem) => console.error(event.event, 'was refused:', problem?.detail) });
const shopper = { anonymous_id: `device-${crypto.randomUUID()}`, session_id: 'example' };
const item = { item_id: 'p-310', category: 'electronics.smartphone', brand: 'acme', price: 489.9 };
page.track({ ...shopper, event: 'view_item', items: [item] });
page.track({ ...shopper, event: 'add_to_cart', items: [item] });
console.log(`${page.waiting} events wait for consent`);
page.setConsent(true);
await page.flush();
console.log(`${page.waiting} events wait after it`);

// The server: it asks for itself, with a token where the server wants one.
const token = process.env.TILLCAST_TOKEN;
const server = openClient({ url, consent: true, ...(token === undefined ? {} : { token }) });
const now = new Date();
const dayOfWeek = (now.getUTCDay() + 6) % 7;
const answer = await server.predict({
  ...shopper,
  ...{ product_id: item.item_id, category_code: item.category, brand: item.brand, price: item.price },
  ...{ hour: now.getUTCHours(), day_of_week: dayOfWeek, is_weekend: dayOfWeek >= 5 ? 1 : 0 },
});
console.log(`${(100 * answer.purchase_probability).toFixed(1)} % within ${answer.horizon}: ${answer.recommendation}`);

page.close();
server.close();
