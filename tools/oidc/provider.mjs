// A real OpenID Connect provider for tests, on this machine alone.
// node provider.mjs PEOPLE.json REDIRECT LOGGED_OUT prints its issuer on a line. Whoever
// is in PEOPLE.json (by login: claims) signs in with any password; the file is read
// afresh each time.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const [people, redirect, loggedOut] = process.argv.slice(2);
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'khue', client_secret: 'a-secret-of-the-test-alone', redirect_uris: [redirect], post_logout_redirect_uris: [loggedOut],
      grant_types: ['authorization_code'], response_types: ['code'],
    }],
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups'], email: ['email'] },
    pkce: { required: () => true },
    cookies: { keys: ['of the test alone'] },
    findAccount(_ctx, id) {
      const said = JSON.parse(readFileSync(people, 'utf8'))[id];
      return said && { accountId: id, claims: () => ({ sub: id, ...said }) };
    },
  });
  server.on('request', provider.callback());
  console.log(issuer);
});
process.stdin.resume().on('end', () => process.exit(0)); // whoever started it has ended
