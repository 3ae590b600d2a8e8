// Drives the service's page in Debian's Chromium: what a person does with it, at two widths, in light and dark. Q2_PAGE is the server's address, Q2_SCREENSHOTS a
// folder for pictures, if they are wanted. ci/page starts a server and runs this.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const address = process.env.Q2_PAGE, pictures = process.env.Q2_SCREENSHOTS;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.Q2_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
});
after(() => browser?.close());

/** A page that fails the test on any error in it, also of the content security policy. */
async function open(t, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  t.after(() => context.close());
  const page = await context.newPage();
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error' && !/status of 4\d\d|ERR_FAILED/.test(message.text())) errors.push(message.text()); });
  t.after(() => assert.deepEqual(errors, []));
  await page.goto(address);
  await page.getByText(/dimensions, .* bytes a code/).waitFor();
  return page;
}

async function checkAccessible(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }));
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`), []);
}

async function picture(page, name) {
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
}

async function fingerprint(page, first, second = '') {
  await page.getByLabel('Text', { exact: true }).fill(first);
  await page.getByLabel(/Beside it/).fill(second);
  await page.getByLabel('Text', { exact: true }).press('Enter');
  await page.locator('#results article').nth(second ? 1 : 0).waitFor();
}

const ask = async (path, body, method = 'POST') => (await fetch(address + path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json();

test('a text becomes a fingerprint, in three writings', async (t) => {
  const page = await open(t);
  const text = 'Knead the dough for ten minutes.';
  await fingerprint(page, text);
  const { fingerprints: [want] } = await ask('/v1/fingerprints', { texts: [text], tokens: true });
  const card = page.locator('#results article');
  assert.equal(await card.locator('output').textContent(), want.symbols);
  await card.getByLabel('hex').check();
  assert.equal(await card.locator('output').textContent(), want.key);
  await card.getByLabel('GACT').check();
  assert.equal(await card.locator('output').textContent(), want.symbols.replace(/[A-D]/g, (s) => ({ A: 'G', B: 'A', C: 'C', D: 'T' })[s]));
  assert.deepEqual(await card.locator('.tokens li').allTextContents(), want.tokens.map((token) => token.token));
  assert.match(await card.textContent(), new RegExp(`${want.transitions} transitions. Model .* kernel `));
  // Four colours, and as many cells of each as the code has symbols: counted from the code's own bits.
  const bits = Buffer.from(want.packed, 'base64').reduce((all, byte) => all + byte.toString(2).padStart(8, '0'), '');
  for (const [symbol, gray] of Object.entries({ A: '00', B: '01', C: '11', D: '10' })) {
    const count = bits.match(/../g).filter((pair) => pair === gray).length;
    assert.match(await card.locator('.legend').textContent(), new RegExp(`${symbol}, [a-z ]+: ${count}(?!\\d)`));
  }
  assert.equal(await card.locator('canvas').count(), 1, 'no floats unless asked for');
});

test('the activation is shown when it is asked for', async (t) => {
  const page = await open(t);
  await page.getByLabel(/Show the activation/).check();
  await fingerprint(page, 'The harbour lay quiet under the snow.');
  assert.equal(await page.locator('#results canvas').count(), 2);
  const painted = await page.locator('#results canvas').nth(1).evaluate((canvas) => new Set(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size);
  assert.ok(painted > 20, `${painted} shades`);
});

test('two texts are compared', async (t) => {
  const page = await open(t);
  const texts = ['Knead the dough for ten minutes.', 'The committee voted on the budget.'];
  await page.getByLabel(/Show the activation/).check();
  await fingerprint(page, ...texts);
  const { n, fingerprints: [a, b] } = await ask('/v1/fingerprints', { texts });
  const { distances: [lee] } = await ask('/v1/distance', { n, a: a.packed, b: [b.packed] });
  assert.equal(await page.locator('#lee').textContent(), `Lee distance ${lee}`);
  const { distances: [l1] } = await ask('/v1/distance', { n, a: a.packed, b: [b.packed], metric: 'l1' });
  assert.match(await page.locator('#comparison').textContent(), new RegExp(`L1 distance ${l1}\\.`));
  await checkAccessible(page);
  await picture(page, 'page-compare');
});

test('a conversation is fingerprinted as one', async (t) => {
  const page = await open(t);
  await page.getByLabel('A conversation').check();
  await page.getByLabel('Text', { exact: true }).fill('user: How long does the dough rest?\nassistant: An hour.');
  await page.getByRole('button', { name: 'Fingerprint' }).click();
  await page.locator('#results article').waitFor();
  const conversation = [{ role: 'user', content: 'How long does the dough rest?' }, { role: 'assistant', content: 'An hour.' }];
  const { fingerprints: [want] } = await ask('/v1/fingerprints', { conversations: [conversation] });
  assert.equal(await page.locator('#results output').textContent(), want.symbols);
});

test('a file is indexed and searched', async (t) => {
  const page = await open(t);
  await page.getByLabel('Into collection').fill('kitchen');
  const lines = ['Knead the dough until it is smooth.', 'Let the bread cool before slicing.', 'The train leaves at nine.', 'Parliament debates the new tax.', 'Whisk the eggs with sugar.'];
  await page.locator('#file').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from(lines.join('\n') + '\n\n') });
  await page.getByText('notes.txt: 5 lines are in kitchen.').waitFor();
  await page.getByLabel('Find texts near to').fill(lines[3]);
  await page.getByLabel('Find texts near to').press('Enter');
  await page.getByText(/5 hits\. Model .*scan /).waitFor();
  assert.match(await page.locator('#hits li').first().textContent(), /Parliament debates the new tax\..*score /);
  await page.getByLabel('Ranking').selectOption('lee');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByText(/distance 0 · id 4/).waitFor();
  await checkAccessible(page);
  await picture(page, 'page-search');
});

test('a .jsonl file keeps its ids and members, and a broken line is named', async (t) => {
  const page = await open(t);
  await page.getByLabel('Into collection').fill('jsonl');
  const set = (content) => page.locator('#file').setInputFiles({ name: 'notes.jsonl', mimeType: 'application/jsonl', buffer: Buffer.from(content) });
  await set('{"text":"a","id":7,"topic":"x"}\n{"nothing":1}\n');
  await page.getByText('Line 2 of notes.jsonl has no "text".').waitFor();
  await set('{"text":"one thing","id":7,"topic":"x"}\n');
  await page.getByText('1 lines are in jsonl.').waitFor();
  const point = await (await fetch(`${address}/v1/collections/jsonl/points/7`)).json();
  assert.deepEqual(point.payload, { text: 'one thing', topic: 'x' });
});

test('errors are shown in words', async (t) => {
  const page = await open(t);
  await page.getByLabel('Into collection').fill('Not A Name');
  await page.getByLabel('A conversation').check();
  await page.getByLabel('Text', { exact: true }).fill('   \n ');
  await page.getByLabel('Text', { exact: true }).press('Enter');
  await page.getByText('There is no text: write one first.').waitFor();
  await page.locator('#file').setInputFiles({ name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.from('\n\n') });
  await page.getByText('empty.txt has no line with a text.').waitFor();
  await page.locator('#file').setInputFiles({ name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.from('a\n') });
  await page.locator('#index-problem').filter({ hasText: /Not A Name/ }).waitFor();
  await page.route('**/v1/fingerprints', (route) => route.abort());
  await page.getByLabel('Text', { exact: true }).fill('something');
  await page.getByLabel('Text', { exact: true }).press('Enter');
  await page.getByText('The server does not answer.').waitFor();
  await page.unroute('**/v1/fingerprints');
});

test('the panel follows the server', async (t) => {
  const page = await open(t);
  await page.locator('#live dt', { hasText: 'Texts waiting' }).waitFor();
  assert.equal(await page.locator('#live div').count(), 12);
  await page.getByRole('button', { name: 'Pause' }).click();
  assert.equal(await page.getByRole('button', { name: 'Go on' }).getAttribute('aria-pressed'), 'false');
  assert.match(await page.locator('#outputs tr.chosen').textContent(), /last_hidden_state/);
});

test('the keyboard is enough', async (t) => {
  const page = await open(t);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.getByLabel('Text', { exact: true }).focus();
  await page.keyboard.type('First line');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('second line');
  assert.equal(await page.getByLabel('Text', { exact: true }).inputValue(), 'First line\nsecond line');
  await page.keyboard.press('Enter');
  await page.locator('#results article').waitFor();
});

test('a phone, in the dark', async (t) => {
  const page = await open(t, { viewport: { width: 360, height: 740 }, colorScheme: 'dark' });
  await fingerprint(page, 'The harbour lay quiet under the snow.', 'Snow fell on the harbour.');
  const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= seen, `${wide} pixels are laid out, ${seen} are seen`);
  const chosen = page.locator('#outputs tr.chosen td').nth(1);
  assert.equal(await chosen.textContent(), 'yes');
  const { x, width } = await chosen.boundingBox();
  assert.ok(x + width <= seen, 'which output is chosen is seen without scrolling aside');
  await checkAccessible(page);
  await picture(page, 'page-phone-dark');
});
