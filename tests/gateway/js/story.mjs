// A visitor's story through the official JavaScript client; prints what happened as one JSON line.
import { createRequire } from "node:module";

const require = createRequire(process.env.RESOLVE_FROM);
const { createClient } = require("@supabase/supabase-js");
const { SUPABASE_URL: url, PUBLISHABLE_KEY: key, UNIQUE: unique } = process.env;
const topic = `open:${unique}`;
const options = { auth: { persistSession: false, autoRefreshToken: false } };
const happened = {};

const client = createClient(url, key, options);
const { data: signedIn } = await client.auth.signInAnonymously({ options: { data: { a: 1 } } });
happened.anonymous = signedIn.user.is_anonymous;
happened.uid = (await client.rpc("who_am_i")).data.uid === signedIn.user.id;

const author = await client.from("authors").insert({ name: unique }).select().single();
happened.inserted = author.data.name === unique;
const book = await client.from("books").insert({ author_id: author.data.id, title: "A" });
happened.minimal = [book.status, book.data];
const found = await client.from("books").select("title,authors(name)", { count: "exact" });
happened.embedded = [found.data, found.count];
happened.head = (await client.from("books").select("*", { count: "exact", head: true })).count;
const refused = await client.rpc("refuse", { state: "PT409", word: "taken" });
happened.refused = [refused.status, refused.error.hint, refused.error.code];
happened.void = (await client.rpc("nothing")).status;
happened.got = (await client.rpc("add", { a: 1 }, { get: true })).data;

const wrong = await client.auth.signInWithPassword({ email: "no@example.org", password: "wrong" });
happened.wrong = [wrong.error.status, wrong.error.code];
happened.refreshed = (await client.auth.refreshSession()).error === null;

const join = (channel) =>
  new Promise((resolve) => channel.subscribe((state, error) => resolve([state, error?.message])));
const next = (channel, event) =>
  new Promise((resolve) => channel.on("broadcast", { event }, resolve));

const config = { private: true, broadcast: { ack: true, self: true }, presence: { key: "ann" } };
const channel = client.channel(topic, { config });
const typed = next(channel, "typing");
const said = next(channel, "said");
const synced = new Promise((resolve) =>
  channel.on("presence", { event: "join" }, ({ key: who }) => resolve(who)),
);
happened.joined = (await join(channel))[0];
happened.sent = await channel.send({ type: "broadcast", event: "typing", payload: { on: true } });
happened.typed = (await typed).payload;
await client.rpc("say", { topic, event: "said", payload: { n: 1 } });
const heard = await said;
happened.said = [heard.payload.n, heard.meta?.id === heard.payload.id];
await channel.track({ status: "online" });
happened.presence = await synced;
happened.denied = await join(client.channel("closed:1", { config: { private: true } }));
const byRest = next(channel, "rest");
await channel.httpSend("rest", { n: 2 });
happened.rest = (await byRest).payload;

await client.auth.signOut();
happened.signedOut = (await client.auth.getUser()).error !== null;
await client.removeAllChannels();
console.log(JSON.stringify(happened));
process.exit(0);
