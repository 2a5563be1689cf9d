/** Self-signed for 127.0.0.1 and localhost, valid until 2120. It protects nothing: only the tests use it. */
export const mailCertificate = `-----BEGIN CERTIFICATE-----
MIIBhjCCASugAwIBAgIBATAKBggqhkjOPQQDAjAjMSEwHwYDVQQDDBhNYWlsIHNl
cnZlciBvZiB0aGUgdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAw
MDBaMCMxITAfBgNVBAMMGE1haWwgc2VydmVyIG9mIHRoZSB0ZXN0czBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABH4CFiOC1KMdMLXVXBi/Uo7on/PIOKX8qgYqw9JH
grd7Czn41JosolrV5e5TlRMnXw7GR033mR3Odr1hvNXDOTCjTjBMMA8GA1UdEwEB
/wQFMAMBAf8wGgYDVR0RBBMwEYcEfwAAAYIJbG9jYWxob3N0MB0GA1UdDgQWBBQz
n1ISIFiQQ/VowHXrWU4jAqkU/jAKBggqhkjOPQQDAgNJADBGAiEA7sT7uX30XaIJ
WBKO36flnIYOj5ZAtXURqevqpg9ZZC0CIQDrAVNgjoyU2DT6J3xei0C1qr+ryd85
myazM9mfzGdj2w==
-----END CERTIFICATE-----
`;

export const mailCertificateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgqlzCJvj1obodkhKS
kvc0cON9UinbOe9o4Mx44Zulb8mhRANCAAR+AhYjgtSjHTC11VwYv1KO6J/zyDil
/KoGKsPSR4K3ews5+NSaLKJa1eXuU5UTJ18OxkdN95kdzna9YbzVwzkw
-----END PRIVATE KEY-----
`;

/** The address of a mail server, for a client that trusts the certificate above. */
export function trustingUrl(smtpUrl: string): string {
  const url = new URL(smtpUrl);
  url.searchParams.set('tls.ca', mailCertificate);
  return url.href;
}
