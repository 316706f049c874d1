// npm's smtp-server, which takes XOAUTH2 alone, and an endpoint that gives out its tokens.
// node xoauth2.js FOLDER SMTP_PORT HTTPS_PORT; a file FOLDER/revoked makes every token worthless.
'use strict';

const fs = require('node:fs');
const https = require('node:https');
const path = require('node:path');
const { SMTPServer } = require('smtp-server');

const [folder, smtpPort, httpsPort] = process.argv.slice(2);
const file = (name) => path.join(folder, name);
const tls = { key: fs.readFileSync(file('server.key')), cert: fs.readFileSync(file('server.pem')) };
const SECRET = 'klient-hemmelighed';
const tokens = new Set();
let letters = 0;

const relay = new SMTPServer({
    ...tls,
    authMethods: ['XOAUTH2'],
    onAuth(auth, session, done) {
        const isKnown = tokens.has(auth.accessToken) && !fs.existsSync(file('revoked'));
        if (isKnown && auth.username === 'spor@kommune.example' && session.secure) {
            return done(null, { user: auth.username });
        }
        return done(null, { data: { status: '401', schemes: 'bearer' } });
    },
    onData(stream, session, done) {
        letters += 1;
        const letter = fs.createWriteStream(file(`letters/${letters}.eml`));
        stream.pipe(letter).on('finish', () => done(null, `kept as ${letters}`));
    },
});

const endpoint = https.createServer(tls, (request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
        const form = new URLSearchParams(body);
        const answer = (code, content) => {
            response.writeHead(code, { 'Content-Type': 'application/json' });
            response.end(JSON.stringify(content));
        };
        if (form.get('client_id') !== 'spor-klient' || form.get('client_secret') !== SECRET) {
            return answer(401, {
                error: 'invalid_client',
                error_description: 'AADSTS7000215: Invalid client secret provided.',
            });
        }
        const token = `eyJ0eXAi.${tokens.size + 1}.token`;
        tokens.add(token);
        console.log('token given');
        return answer(200, { token_type: 'Bearer', expires_in: 3599, access_token: token });
    });
});

relay.listen(Number(smtpPort), '127.0.0.1', () =>
    endpoint.listen(Number(httpsPort), '127.0.0.1', () => console.log('ready')),
);
