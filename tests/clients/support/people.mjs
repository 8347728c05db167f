// A provider of single sign-on by oidc-provider: `node --input-type=module - PORT BACK` with this on its input.
// Whoever signs in types a name and any password; PUT /groups/NAME?GROUP,GROUP says of which groups they are.
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const groups = new Map();
const [port, back] = [Number(process.argv[2]), process.argv[3]];
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'first', use: 'sig', alg: 'RS256' };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys: [key] },
  clients: [{ client_id: 'moorage', client_secret: 'a secret: with signs', redirect_uris: [back] }],
  claims: { openid: ['sub'], profile: ['preferred_username'], groups: ['groups'] },
  scopes: ['openid', 'profile', 'groups'],
  pkce: { required: () => true },
  findAccount: (_context, name) => ({
    accountId: name,
    claims: () => ({ sub: name, preferred_username: name, groups: groups.get(name) ?? [] }),
  }),
});
provider.use((context, next) => {
  const [, word, name] = context.path.split('/');
  if (word !== 'groups') return next();
  groups.set(name, context.querystring.split(','));
  context.status = 204;
});
provider.listen(port, '127.0.0.1');
