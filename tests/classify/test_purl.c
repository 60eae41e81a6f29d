#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/purl.h"

#include <string.h>

static void expect(struct purl purl, const char *want)
{
	char out[256];
	assert_true(purl_format(&purl, out, sizeof out));
	assert_string_equal(out, want);
}

static void follows_the_book(void **state)
{
	expect((struct purl){"deb", "debian", "openssh", "9.2p1-2+deb12u3", NULL},
	       "pkg:deb/debian/openssh@9.2p1-2%2Bdeb12u3");
	expect((struct purl){"rpm", "fedora", "curl", "7.50.3-1.fc25", "i386"},
	       "pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386");
	expect((struct purl){"generic", NULL, "openssl", "1.1.1w", NULL}, "pkg:generic/openssl@1.1.1w");
	expect((struct purl){"generic", NULL, "x", NULL, NULL}, "pkg:generic/x");
}

static void encodes_what_it_must(void **state)
{
	expect((struct purl){"generic", "a b//c", "n/m", "1:2 3~4_5\xc3\xa9", ""},
	       "pkg:generic/a%20b/c/n%2Fm@1:2%203~4_5%C3%A9");
}

static void refuses_what_is_no_purl(void **state)
{
	char out[64];
	assert_false(purl_format(&(struct purl){"Deb", NULL, "x", NULL, NULL}, out, sizeof out));
	assert_false(purl_format(&(struct purl){"deb", NULL, "", NULL, NULL}, out, sizeof out));
	assert_false(purl_format(&(struct purl){NULL, NULL, "x", NULL, NULL}, out, sizeof out));
	struct purl good = {"deb", "debian", "openssh", "1+2", NULL};
	char whole[64];
	assert_true(purl_format(&good, whole, sizeof whole));
	for (size_t size = 1; size <= strlen(whole); size++) {
		assert_false(purl_format(&good, out, size));
		assert_string_equal(out, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_the_book),
		cmocka_unit_test(encodes_what_it_must),
		cmocka_unit_test(refuses_what_is_no_purl),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
