#include "classify/dissect/tls_hello.h"

#include "classify/fingerprint/ja3.h"
#include "classify/fingerprint/ja4.h"

#include <string.h>

enum extension {
	EXTENSION_SERVER_NAME = 0,
	EXTENSION_GROUPS = 10,
	EXTENSION_FORMATS = 11,
	EXTENSION_SIGNATURES = 13,
	EXTENSION_ALPN = 16,
	EXTENSION_VERSIONS = 43,
	EXTENSION_QUIC = 57,
	EXTENSION_QUIC_DRAFT = 0xffa5
};

/* The Random of a HelloRetryRequest: SHA-256 of those words (RFC 8446 4.1.3). */
static const uint8_t retry_random[32] = {0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
					 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
					 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

/* A vector with a length of one or two octets in front; what there is of it when it is cut. */
static struct cursor vector8(struct cursor *c)
{
	return cursor_sub_cut(c, cursor_u8(c));
}

static struct cursor vector16(struct cursor *c)
{
	return cursor_sub_cut(c, cursor_u16(c));
}

static struct cursor vector24(struct cursor *c)
{
	return cursor_sub_cut(c, cursor_u24(c));
}

static struct cursor server_name(struct cursor body)
{
	struct cursor list = vector16(&body);
	while (cursor_left(&list)) {
		uint8_t type = cursor_u8(&list);
		struct cursor name = cursor_sub(&list, cursor_u16(&list));
		if (cursor_ok(&list) && type == 0)
			return name;
	}
	return list;
}

static void read_extension(struct tls_hello *h, uint16_t type, struct cursor body)
{
	switch (type) {
	case EXTENSION_SERVER_NAME:
		h->has_sni = true;
		h->sni = server_name(body);
		break;
	case EXTENSION_GROUPS:
		h->groups = vector16(&body);
		break;
	case EXTENSION_FORMATS:
		h->formats = vector8(&body);
		break;
	case EXTENSION_SIGNATURES:
		h->signatures = vector16(&body);
		break;
	case EXTENSION_ALPN:
		h->alpn = vector16(&body);
		break;
	case EXTENSION_VERSIONS:
		if (h->client)
			h->versions = vector8(&body);
		else
			h->chosen_version = cursor_u16(&body);
		break;
	case EXTENSION_QUIC:
	case EXTENSION_QUIC_DRAFT:
		h->quic = body;
		break;
	default:
		break;
	}
}

/* The extensions, which may be missing altogether (before TLS 1.2). */
static void read_extensions(struct tls_hello *h, struct cursor *body)
{
	h->whole = cursor_ok(body);
	if (!h->whole || !cursor_left(body))
		return;
	h->extensions = vector16(body);
	/* what there is of a list that was cut is read too */
	struct cursor c = {h->extensions.at, h->extensions.end, false}, extension;
	uint16_t type;
	while (tls_extension(&c, &type, &extension))
		read_extension(h, type, extension);
	h->whole = cursor_ok(body) && cursor_ok(&c) && !cursor_left(&c);
}

static bool known_version(uint16_t v)
{
	return (v >= 0x0300 && v <= 0x0304) || v == 0xfeff || v == 0xfefd || v == 0xfefc || v == 0x0100;
}

/* Drafts of TLS 1.3 up to 21 put themselves in the version, and left session and compression out. What became of
 * them never says 0304 there. */
static bool is_draft(uint16_t v)
{
	return v >> 8 == 0x7f || v == 0x0304;
}

bool tls_client_hello(struct cursor body, bool dtls, struct tls_hello *h)
{
	memset(h, 0, sizeof *h);
	h->client = true;
	h->version = cursor_u16(&body);
	cursor_skip(&body, 32);
	vector8(&body); /* session */
	if (dtls)
		vector8(&body); /* cookie */
	if (!cursor_ok(&body) || !known_version(h->version))
		return false;
	h->ciphers = vector16(&body);
	vector8(&body); /* compression */
	read_extensions(h, &body);
	return true;
}

bool tls_server_hello(struct cursor body, struct tls_hello *h)
{
	memset(h, 0, sizeof *h);
	h->version = cursor_u16(&body);
	const uint8_t *random = cursor_bytes(&body, 32);
	h->retry = random && !memcmp(random, retry_random, sizeof retry_random);
	bool draft = is_draft(h->version);
	h->chosen_version = draft ? h->version : 0;
	if (!draft)
		vector8(&body); /* session */
	h->cipher = cursor_u16(&body);
	if (!draft)
		cursor_skip(&body, 1); /* compression */
	if (!cursor_ok(&body) || (!draft && !known_version(h->version)))
		return false;
	read_extensions(h, &body);
	return true;
}

static void yield_client(struct dissection *x, const struct tls_hello *h, char transport)
{
	dissection_yield(x, FIELD_TLS_SNI, SUBJECT_RECEIVER, h->sni.at, cursor_left(&h->sni));
	if (!h->whole)
		return;
	char ja3[JA3_BYTES], ja4[JA4_RAW_BYTES];
	dissection_yield(x, FIELD_TLS_JA3, SUBJECT_SENDER, ja3, ja3_text(h, ja3));
	dissection_yield(x, FIELD_TLS_JA4, SUBJECT_SENDER, ja4, ja4_raw(h, transport, ja4));
}

void tls_hello_yield(struct dissection *x, const struct tls_hello *h, char transport)
{
	if (h->client) {
		yield_client(x, h, transport);
		return;
	}
	char ja3s[JA3_BYTES];
	if (h->whole)
		dissection_yield(x, FIELD_TLS_JA3S, SUBJECT_SENDER, ja3s, ja3_text(h, ja3s));
}

void tls_certificate(struct dissection *x, struct cursor der, unsigned index)
{
	bool server = dissection_from_server(x);
	enum field leaf = server ? FIELD_TLS_CERTIFICATE : FIELD_TLS_CLIENT_CERTIFICATE;
	/* a raw public key (RFC 7250) begins so too, but nobody sends one unasked */
	if (cursor_peek(&der, 0) == 0x30)
		dissection_yield(x, index ? FIELD_TLS_CHAIN_CERTIFICATE : leaf, SUBJECT_SENDER, der.at,
				 cursor_left(&der));
}

unsigned tls_certificates(struct dissection *x, struct cursor body, unsigned taken)
{
	struct cursor list = vector24(&body), der;
	for (unsigned i = 0; i < TLS_CERTIFICATES && cursor_left(&list) > 3; i++) {
		der = cursor_sub(&list, cursor_u24(&list));
		if (!cursor_ok(&der))
			break;
		if (i < taken)
			continue;
		tls_certificate(x, der, i);
		taken++;
	}
	return taken;
}
