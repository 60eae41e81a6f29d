#include "classify/certificate.h"

#include "classify/digest.h"
#include "core/error.h"
#include "core/time.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

static const char *name_text(const X509_NAME *name, struct arena *arena)
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

static const char *time_of(const ASN1_TIME *t, struct arena *arena)
{
	struct tm tm;
	if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
		return NULL;
	time_t s = timegm(&tm);
	if (s < 0)
		return NULL;
	char text[TIME_TEXT_BYTES];
	time_text((uint64_t)s * NS_PER_SECOND, text);
	return arena_text(arena, text, strlen(text));
}

static void read_names(const X509 *x, struct arena *arena, struct certificate *out)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	unsigned n = 0;
	for (int i = 0; names && i < sk_GENERAL_NAME_num(names) && n < CERTIFICATE_NAMES; i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);
		if (g->type != GEN_DNS)
			continue;
		int len = ASN1_STRING_length(g->d.dNSName);
		const char *text =
			arena_text(arena, ASN1_STRING_get0_data(g->d.dNSName), len < 253 ? (size_t)len : 253);
		if (text && *text)
			out->names[n++] = text;
	}
	GENERAL_NAMES_free(names);
}

int certificate_read(const void *der, size_t len, struct arena *arena, struct certificate *out)
{
	memset(out, 0, sizeof *out);
	char hex[65];
	digest_sha256_hex(der, len, hex);
	out->fingerprint = arena_text(arena, hex, 64);
	if (!out->fingerprint)
		return ERROR_FAILED;
	const unsigned char *p = der;
	X509 *x = d2i_X509(NULL, &p, (long)len);
	if (!x)
		return 0;
	out->subject = name_text(X509_get_subject_name(x), arena);
	out->issuer = name_text(X509_get_issuer_name(x), arena);
	out->not_before = time_of(X509_get0_notBefore(x), arena);
	out->not_after = time_of(X509_get0_notAfter(x), arena);
	read_names(x, arena, out);
	X509_free(x);
	return 0;
}
