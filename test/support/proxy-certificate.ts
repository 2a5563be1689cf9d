/**
 * Self-signed for the portals under localhost and for own-domain.localhost, valid until 2119. It protects nothing: only the
 * tests use it.
 */
export const proxyCertificate = `-----BEGIN CERTIFICATE-----
MIIB9zCCAZygAwIBAgIUCYM70WfkqOTtcEiWEwmwyiljrBowCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSUHJveHkgb2YgdGhlIHRlc3RzMCAXDTI2MTEyNjA5NTA1M1oY
DzIxMTkxMjI5MDk1MDUzWjAdMRswGQYDVQQDDBJQcm94eSBvZiB0aGUgdGVzdHMw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQngxI/ezZgD/crvqNGp9TsdyTiAtJl
ogZM+V/tOiRd3ba9NG6zZcc/wrjl0s/WMtfMjXDNmiUd+aeG9Vt89+Eco4G3MIG0
MB0GA1UdDgQWBBSsobq7jdibClZ+sxlOzoCBNDCsVjAfBgNVHSMEGDAWgBSsobq7
jdibClZ+sxlOzoCBNDCsVjAPBgNVHRMBAf8EBTADAQH/MGEGA1UdEQRaMFiCEiou
cG9ydGFsLmxvY2FsaG9zdIIUb3BlcmF0aW9ucy5sb2NhbGhvc3SCFioub3BlcmF0
aW9ucy5sb2NhbGhvc3SCFG93bi1kb21haW4ubG9jYWxob3N0MAoGCCqGSM49BAMC
A0kAMEYCIQDwRMYZt7LQH+B8iArerbYZ85iXrHtkdeniHTw6TGCilAIhAJUvZ01i
xrvDyRmb337QiZm/kaUJTGQUOBxcZTh83rjf
-----END CERTIFICATE-----
`;

export const proxyCertificateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRCofXxQCSHUnV7IH
vf8WyAunHK9I5Z8Ii4mIY9ZKRSyhRANCAAQngxI/ezZgD/crvqNGp9TsdyTiAtJl
ogZM+V/tOiRd3ba9NG6zZcc/wrjl0s/WMtfMjXDNmiUd+aeG9Vt89+Ec
-----END PRIVATE KEY-----
`;
