/* Certificates: what is read agrees with what was written by libcrypto; what is cut or bent says its fingerprint alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/certificate.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

static void extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

static void name(X509_NAME *n, const char *field, const char *value)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(n, field, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0),
			 1);
}

/* A certificate of www.example.net; its length. */
static int make(uint8_t out[2048], long version)
{
	X509 *x = X509_new();
	EVP_PKEY *key = EVP_EC_gen("P-256");
	uint8_t *p = out;
	X509_set_version(x, version);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 4711);
	ASN1_TIME_set_string(X509_getm_notBefore(x), "20240102030405Z");
	ASN1_TIME_set_string(X509_getm_notAfter(x), "20510102030405Z"); /* GeneralizedTime from 2050 on */
	name(X509_get_issuer_name(x), "CN", "Example Authority");
	name(X509_get_subject_name(x), "O", "Müller, Söhne");
	name(X509_get_subject_name(x), "CN", "www.example.net");
	X509_set_pubkey(x, key);
	if (version == X509_VERSION_3) {
		extend(x, NID_basic_constraints, "critical,CA:FALSE");
		extend(x, NID_subject_alt_name, "DNS:www.example.net,IP:192.0.2.1,DNS:example.net");
	}
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	int len = i2d_X509(x, &p);
	EVP_PKEY_free(key);
	X509_free(x);
	return len;
}

static void what_was_written_is_read(void **state)
{
	(void)state;
	uint8_t der[2048];
	struct certificate c;
	struct arena arena;
	arena_init(&arena, 4096, 0);
	int len = make(der, X509_VERSION_3);
	assert_int_equal(certificate_read(der, (size_t)len, &arena, &c), 0);
	assert_int_equal(strlen(c.fingerprint), 64);
	assert_string_equal(c.subject, "CN=www.example.net,O=Müller\\, Söhne");
	assert_string_equal(c.issuer, "CN=Example Authority");
	assert_string_equal(c.not_before, "2024-01-02T03:04:05.000000Z");
	assert_string_equal(c.not_after, "2051-01-02T03:04:05.000000Z");
	assert_string_equal(c.names[0], "www.example.net");
	assert_string_equal(c.names[1], "example.net");
	assert_null(c.names[2]);
	arena_fini(&arena);
}

/* Version 1 has neither its version nor extensions in it. */
static void the_first_version_is_read(void **state)
{
	(void)state;
	uint8_t der[2048];
	struct certificate c;
	struct arena arena;
	arena_init(&arena, 4096, 0);
	int len = make(der, X509_VERSION_1);
	assert_int_equal(certificate_read(der, (size_t)len, &arena, &c), 0);
	assert_string_equal(c.issuer, "CN=Example Authority");
	assert_string_equal(c.not_after, "2051-01-02T03:04:05.000000Z");
	assert_null(c.names[0]);
	arena_fini(&arena);
}

static void cut_anywhere_it_has_a_fingerprint_alone(void **state)
{
	(void)state;
	uint8_t der[2048];
	struct certificate c;
	struct arena arena;
	arena_init(&arena, 4096, 0);
	int len = make(der, X509_VERSION_3);
	for (int cut = 0; cut < len; cut++) {
		assert_int_equal(certificate_read(der, (size_t)cut, &arena, &c), 0);
		assert_int_equal(strlen(c.fingerprint), 64);
		assert_null(c.subject);
		assert_null(c.not_before);
		assert_null(c.names[0]);
		arena_reset(&arena);
	}
	arena_fini(&arena);
}

/* What of a subject under an issuer may tell of a maker. */
static void check_maker(const char *subject, const char *issuer, const char *expected)
{
	struct arena arena;
	arena_init(&arena, 4096, 0);
	const struct certificate c = {.subject = subject, .issuer = issuer};
	const char *text = certificate_maker(&c, &arena);
	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
	arena_fini(&arena);
}

static void the_owner_of_a_public_name_is_no_maker(void **state)
{
	(void)state;
	static const char digicert[] = "CN=TLS RSA CA1,O=DigiCert Inc,C=US";
	check_maker("CN=www.watchguard.com,O=WatchGuard Inc.,C=US", digicert, "CN=www.watchguard.com");
	check_maker("CN=*.axis.com,OU=IT,O=Axis\\, Communications+L=Lund,C=SE", digicert, "CN=*.axis.com");
	/* its own certificate, or the maker's */
	check_maker("CN=fb.example.com,O=WatchGuard", "CN=Fireware CA,O=watchguard", "CN=fb.example.com,O=WatchGuard");
	check_maker("CN=router.asus.com,O=ASUSTeK", "CN=router.asus.com,O=ASUSTeK", "CN=router.asus.com,O=ASUSTeK");
	/* no public name */
	check_maker("CN=FGT60D4614000001,O=Fortinet", digicert, "CN=FGT60D4614000001,O=Fortinet");
	check_maker("CN=192.0.2.1,O=Synology Inc.", digicert, "CN=192.0.2.1,O=Synology Inc.");
	check_maker("CN=nas.local,O=Synology Inc.", digicert, "CN=nas.local,O=Synology Inc.");
	check_maker("CN=a.b1,O=X", digicert, "CN=a.b1,O=X");
	/* parts that are missing, and names that end in a backslash */
	check_maker("CN=www.example.com", digicert, "CN=www.example.com");
	check_maker("O=X", NULL, "O=X");
	check_maker("CN=a.com,O=x\\", NULL, "CN=a.com");
	check_maker("", "", "");
	check_maker(NULL, NULL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(the_first_version_is_read),
		cmocka_unit_test(cut_anywhere_it_has_a_fingerprint_alone),
		cmocka_unit_test(the_owner_of_a_public_name_is_no_maker),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
