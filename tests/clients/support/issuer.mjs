// An issuer of identity tokens by oidc-provider: `node --input-type=module - PORT` with this on its input.
// Its one client is a job; the audience is the resource that the job names.
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const port = Number(process.argv[2]);
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { ...privateKey.export({ format: 'jwk' }), kid: 'first', use: 'sig', alg: 'ES256' };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys: [key] },
  clients: [
    {
      client_id: 'job',
      client_secret: 'word',
      grant_types: ['client_credentials'],
      id_token_signed_response_alg: 'ES256',
      redirect_uris: [],
      response_types: [],
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_context, resource) => ({
        accessTokenFormat: 'jwt',
        accessTokenTTL: 300,
        audience: resource,
        jwt: { sign: { alg: 'ES256' } },
        scope: '',
      }),
    },
  },
  extraTokenClaims: () => ({ repository: 'acme/app', ref: 'refs/heads/main' }),
});
provider.listen(port, '127.0.0.1');
