// Holds every letter against axe-core in headless Chromium, by day and by night, on a phone.
// usage: node accessible.cjs SPOR FOLDER     (NODE_PATH names axe-core and playwright-core)
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const { version } = require("axe-core");

const [spor, folder] = process.argv.slice(2);
const levels = ["notice", "overdue", "escalated", "critical"];
// Every rule, the line of a case that cannot be read, and that of a text that cannot be written.
const numbers = Array.from({ length: 17 }, (_, nth) => `R${String(nth + 1).padStart(2, "0")}`);
const rules = [...numbers, "unknown", "unwritten", "self_audit"];
const MIN_TARGET_PX = 24;

function letters() {
    const found = [];
    for (const lang of ["da", "en"]) {
        const of = (name, ...more) => found.push({ name: `${name} ${lang}`, lang, more });
        for (const rule of rules) {
            for (const level of levels) of(`${rule} ${level}`, "--rule", rule, "--level", level);
        }
        of("digest of 50", "--items", "50");
        of("digest of 70", "--items", "70");
        of("trial", "--rule", "trial");
        of("checkpoint", "--rule", "checkpoint");
    }
    return found;
}

async function main() {
    const browser = await chromium.launch({
        executablePath: "/usr/bin/chromium",
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
    const all = letters();
    let pages = 0, checks = 0, requests = 0;
    const wrong = [];
    for (const [nth, letter] of all.entries()) {
        const file = path.join(folder, `${nth}.html`);
        const words = ["letters", "preview", "--lang", letter.lang, "--html", "-f", file];
        execFileSync(spor, [...words, ...letter.more], { cwd: folder });
        for (const colorScheme of ["light", "dark"]) {
            const context = await browser.newContext({ colorScheme, viewport: { width: 360, height: 800 } });
            const page = await context.newPage();
            page.on("request", (request) => { requests += request.url().startsWith("file:") ? 0 : 1; });
            await page.goto(`file://${file}`);
            await page.evaluate(axe);
            // Every rule, those of good practice and of size included, not those of WCAG alone.
            const result = await page.evaluate(() => axe.run(document, { rules: { "target-size": { enabled: true } } }));
            pages += 1;
            checks += result.passes.length;
            for (const { id, nodes } of [...result.violations, ...result.incomplete]) {
                wrong.push(`${letter.name} (${colorScheme}): ${id}: ${nodes[0].html}: ${nodes[0].failureSummary}`);
            }
            const seen = await page.evaluate(() => ({
                lang: document.documentElement.lang,
                wide: document.documentElement.scrollWidth > innerWidth,
                small: [...document.links].filter((link) => link.getBoundingClientRect().height < 24).length,
            }));
            if (seen.lang !== letter.lang) wrong.push(`${letter.name}: its language is ${seen.lang}`);
            if (seen.wide) wrong.push(`${letter.name}: it is wider than a phone`);
            if (seen.small) wrong.push(`${letter.name}: ${seen.small} links are lower than ${MIN_TARGET_PX} px`);
            await context.close();
        }
    }
    await browser.close();
    if (requests) wrong.push(`${requests} requests left the machine`);
    for (const line of wrong) console.error(line);
    console.log(`axe ${version}: ${all.length} letters, ${pages} pages, ${checks} rules passed, ${wrong.length} findings`);
    process.exit(wrong.length ? 1 : 0);
}

main().catch((error) => { console.error(error); process.exit(1); });
