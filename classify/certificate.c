#include "classify/certificate.h"

#include "classify/digest.h"
#include "classify/dissect/ber.h"
#include "core/error.h"
#include "core/time.h"

#include <ctype.h>
#include <openssl/x509.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* What is read of a certificate (RFC 5280 4.1): names and times are whole elements. The key is not: libcrypto would
 * look for somebody who can use it, which takes a hundred times as long as all the rest. */
struct parts {
	struct cursor issuer, subject, not_before, not_after;
	struct cursor extensions;
};

enum { BER_BITS = 0x03, VERSION = 0xa0, EXTENSIONS = 0xa3, DNS_NAME = 0x82 };

/* The next element with its head. */
static struct cursor element(struct cursor *c)
{
	const uint8_t *from = c->at;
	struct ber b;
	if (ber_next(c, &b))
		return cursor_init(from, (size_t)(c->at - from));
	cursor_fail(c);
	return *c;
}

static bool take_apart(const void *der, size_t len, struct parts *out)
{
	struct cursor all = cursor_init(der, len);
	struct cursor whole = ber_expect(&all, BER_SEQUENCE), c = ber_expect(&whole, BER_SEQUENCE);
	(void)ber_expect(&whole, BER_SEQUENCE);
	(void)ber_expect(&whole, BER_BITS);
	if (cursor_peek(&c, 0) == VERSION)
		(void)ber_expect(&c, VERSION);
	(void)ber_expect(&c, BER_INTEGER);
	(void)ber_expect(&c, BER_SEQUENCE);
	out->issuer = element(&c);
	struct cursor validity = ber_expect(&c, BER_SEQUENCE);
	out->not_before = element(&validity);
	out->not_after = element(&validity);
	out->subject = element(&c);
	(void)ber_expect(&c, BER_SEQUENCE);
	out->extensions = ber_find(c, EXTENSIONS);
	return cursor_ok(&whole) && cursor_ok(&c) && cursor_ok(&validity);
}

static const char *print_name(const X509_NAME *name, struct arena *arena)
{
	BIO *bio = BIO_new(BIO_s_mem());
	if (!bio)
		return NULL;
	char *text = NULL, *out = NULL;
	X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
	long n = BIO_get_mem_data(bio, &text);
	if (n > 0)
		out = arena_text(arena, text, n < 1024 ? (size_t)n : 1024);
	BIO_free(bio);
	return out;
}

static const char *name_text(struct cursor c, struct arena *arena)
{
	X509_NAME *name = d2i_X509_NAME(NULL, &c.at, (long)cursor_left(&c));
	const char *text = name ? print_name(name, arena) : NULL;
	X509_NAME_free(name);
	return text;
}

static const char *time_of(struct cursor c, struct arena *arena)
{
	struct tm tm;
	ASN1_TIME *t = d2i_ASN1_TIME(NULL, &c.at, (long)cursor_left(&c));
	bool read = t && ASN1_TIME_to_tm(t, &tm) == 1;
	ASN1_TIME_free(t);
	time_t s = read ? timegm(&tm) : -1;
	if (s < 0)
		return NULL;
	char text[TIME_TEXT_BYTES];
	time_text((uint64_t)s * NS_PER_SECOND, text);
	return arena_text(arena, text, strlen(text));
}

/* The value of the extension subjectAltName (RFC 5280 4.2.1.6); empty when there is none. */
static struct cursor alternative_names(struct cursor extensions)
{
	static const uint8_t oid[] = {0x55, 0x1d, 0x11};
	struct cursor list = ber_expect(&extensions, BER_SEQUENCE);
	for (struct ber b; ber_next(&list, &b);) {
		struct cursor id = ber_expect(&b.value, BER_OID);
		if (cursor_left(&id) != sizeof oid || memcmp(id.at, oid, sizeof oid) != 0)
			continue;
		struct cursor value = ber_find(b.value, BER_OCTETS);
		return ber_expect(&value, BER_SEQUENCE);
	}
	return cursor_init(NULL, 0);
}

static void read_names(struct cursor extensions, struct arena *arena, struct certificate *out)
{
	struct cursor names = alternative_names(extensions);
	unsigned n = 0;
	for (struct ber b; n < CERTIFICATE_NAMES && ber_next(&names, &b);) {
		if (b.tag != DNS_NAME)
			continue;
		size_t len = cursor_left(&b.value);
		const char *text = arena_text(arena, b.value.at, len < 253 ? len : 253);
		if (text && *text)
			out->names[n++] = text;
	}
}

struct part {
	const char *text;
	size_t len;
};

/* The value of the first attribute of that type in a name as RFC 4514 writes it, with its escapes. */
static struct part part_of(const char *name, const char *type)
{
	size_t n = strlen(type);
	while (name && *name) {
		const char *end = name;
		while (*end && *end != ',' && *end != '+')
			end += *end == '\\' && end[1] ? 2 : 1;
		if (!strncmp(name, type, n) && name[n] == '=')
			return (struct part){name + n + 1, (size_t)(end - name) - n - 1};
		name = *end ? end + 1 : end;
	}
	return (struct part){NULL, 0};
}

/* Last labels of names that networks give themselves (RFC 6761, 6762, 8375; and by habit). */
static const char *const own_labels[] = {"local",     "lan",    "home",   "internal", "localdomain",
					 "localhost", "intern", "corp",   "private",  "test",
					 "invalid",   "arpa",   "domain", "box",      "workgroup"};

/* A name of the public DNS: dots, and a last label of letters that is nobody's own. */
static bool is_public_name(struct part name)
{
	size_t last = name.len;
	while (last && name.text[last - 1] != '.')
		if (!isalpha((unsigned char)name.text[--last]))
			return false;
	size_t len = name.len - last;
	if (!last || len < 2)
		return false;
	for (size_t i = 0; i < sizeof own_labels / sizeof *own_labels; i++)
		if (strlen(own_labels[i]) == len && !strncasecmp(name.text + last, own_labels[i], len))
			return false;
	return true;
}

const char *certificate_maker(const struct certificate *c, struct arena *arena)
{
	struct part name = part_of(c->subject, "CN"), owner = part_of(c->subject, "O"), by = part_of(c->issuer, "O");
	bool same = owner.len == by.len && !strncasecmp(owner.text ? owner.text : "", by.text ? by.text : "", by.len);
	if (!name.text || !owner.text || same || !is_public_name(name))
		return c->subject;
	size_t len = name.len + 3;
	char *alone = arena_take(arena, len + 1);
	if (!alone)
		return NULL;
	memcpy(alone, "CN=", 3);
	memcpy(alone + 3, name.text, name.len);
	alone[len] = 0;
	return alone;
}

int certificate_read(const void *der, size_t len, struct arena *arena, struct certificate *out)
{
	memset(out, 0, sizeof *out);
	char hex[65];
	digest_sha256_hex(der, len, hex);
	out->fingerprint = arena_text(arena, hex, 64);
	if (!out->fingerprint)
		return ERROR_FAILED;
	struct parts parts;
	if (!take_apart(der, len, &parts))
		return 0;
	out->subject = name_text(parts.subject, arena);
	out->issuer = name_text(parts.issuer, arena);
	out->not_before = time_of(parts.not_before, arena);
	out->not_after = time_of(parts.not_after, arena);
	read_names(parts.extensions, arena, out);
	return 0;
}
