/* Meanings: shared by all who show the same value, kept while anybody may read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/meaning.h"
#include "classify/wording.h"

#include <string.h>

static struct signature_set *set;

static struct meanings *table(uint32_t kept)
{
	struct meaning_options o = {.signatures = set, .max_kept = kept, .max_held = 16};
	struct meanings *t = meanings_new(&o);
	assert_non_null(t);
	return t;
}

static struct meaning *banner(struct meanings *t, const char *text)
{
	struct hash_key key = {1, 2};
	struct meaning *m = meaning_get(t, FIELD_SSH_BANNER, hash_bytes(&key, text, strlen(text)), text, strlen(text));
	assert_non_null(m);
	return m;
}

static void one_value_is_worked_out_once(void **state)
{
	(void)state;
	struct meanings *t = table(4);
	struct meaning *a = banner(t, "SSH-2.0-OpenSSH_9.2p1"), *b = banner(t, "SSH-2.0-OpenSSH_9.2p1");
	struct meaning *c = banner(t, "SSH-2.0-dropbear_2022.83");
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	meaning_put(t, a);
	meaning_put(t, b);
	assert_ptr_equal(banner(t, "SSH-2.0-OpenSSH_9.2p1"), a); /* kept, though nobody held it */
	meaning_put(t, a);
	meaning_put(t, c);
	meanings_free(t);
}

/* The sanitizer would tell of a text that is gone. */
static void what_was_said_stays_until_it_is_read(void **state)
{
	(void)state;
	struct meanings *t = table(0);
	struct meaning *m = banner(t, "SSH-2.0-OpenSSH_9.2p1");
	m->said = 3;
	meaning_put(t, m);
	meanings_read(t, 2);
	assert_string_equal(m->shown, "SSH-2.0-OpenSSH_9.2p1");
	assert_ptr_equal(banner(t, "SSH-2.0-OpenSSH_9.2p1"), m);
	assert_int_equal(m->said, 3);
	meaning_put(t, m);
	meanings_read(t, 3);
	meanings_read(t, 1); /* a block that was read long ago is taken again */
	m = banner(t, "SSH-2.0-OpenSSH_9.2p1");
	assert_int_equal(m->said, 0); /* that is another */
	meaning_put(t, m);
	meanings_free(t);
}

static void other_signatures_do_not_take_it_away_either(void **state)
{
	(void)state;
	struct meanings *t = table(4);
	struct meaning *said = banner(t, "SSH-2.0-OpenSSH_9.2p1"), *held = banner(t, "SSH-2.0-dropbear_2022.83");
	said->said = held->said = 1;
	meaning_put(t, said);
	assert_int_equal(meanings_renew(t, set), 0);
	assert_string_equal(said->shown, "SSH-2.0-OpenSSH_9.2p1");
	struct meaning *fresh = banner(t, "SSH-2.0-OpenSSH_9.2p1");
	assert_ptr_not_equal(fresh, said);
	meaning_put(t, held);
	assert_string_equal(held->shown, "SSH-2.0-dropbear_2022.83");
	meanings_read(t, 1);
	meaning_put(t, fresh);
	meanings_free(t);
}

/* The rules are asked once; what they say of one value is no matter of who shows it. */
static void wordings_obey_privacy(void **state)
{
	(void)state;
	struct meanings *t = table(4);
	struct privacy keep = {.n = 0}, drop = {.rules = {{"value", PRIVACY_DROP}}, .n = 1};
	struct meaning *m = banner(t, "SSH-2.0-nobody knows");
	struct meaning *of_host = meaning_get(t, FIELD_TCP_SYN, 7, "4:64:0:1460:65535,0:mss:df:0", 28);
	const struct wording *w = wording_of(&keep, &(struct support){.meaning = of_host});
	assert_int_equal(w->n_members, 2);
	assert_string_equal(w->members[1].text, "4:64:0:1460:65535,0:mss:df:0");
	assert_ptr_equal(w, wording_of(&keep, &(struct support){.meaning = of_host}));
	assert_true(m->n > 0);
	w = wording_of(&drop, &(struct support){.meaning = m});
	for (uint32_t i = 0; i < w->n_members; i++)
		assert_string_not_equal(w->members[i].name, "value");
	meaning_put(t, m);
	meaning_put(t, of_host);
	meanings_free(t);
}

/* A ClientHello of curl over OpenSSL: what wrote it is no word of its sender. */
static void a_hello_tells_the_library(void **state)
{
	static const char raw[] =
		"t13i3111h2_002f,0033,0035,0039,003c,003d,0067,006b,009c,009d,009e,009f,00ff,1301,1302,1303,c009,c00a,"
		"c013,c014,c023,c024,c027,c028,c02b,c02c,c02f,c030,cca8,cca9,ccaa_000a,000b,000d,0015,0016,0017,002b,"
		"002d,0031,0033_0403,0503,0603,0807,0808,0809,080a,080b,0804,0805,0806,0401,0501,0601,0303,0301,0302,"
		"0402,0502,0602";
	(void)state;
	struct meanings *t = table(4);
	struct meaning *m = meaning_get(t, FIELD_TLS_JA4, 7, raw, sizeof raw - 1);
	assert_non_null(m);
	assert_int_equal(m->n, 2);
	assert_int_equal(m->says[0].attribute, ATTRIBUTE_FINGERPRINT);
	assert_string_equal(m->says[1].title, "OpenSSL");
	assert_int_equal(m->says[1].role, ROLE_LIBRARY);
	assert_int_equal(m->says[1].known, KNOWN_DERIVED);
	assert_false(m->says[1].has_port);
	meaning_put(t, m);
	meanings_free(t);
}

/* Signatures of user agents read what is doubtful too, and nothing of it is sure. */
static void a_doubtful_agent_is_hardly_believed(void **state)
{
	static const char agent[] = "Mozilla/5.0 (Linux; Android 9; JKM-LX1 Build/HUAWEIJKM-LX1) AppleWebKit/537.36 "
				    "(KHTML, like Gecko) Chrome/106.0.5249.118 Mobile Safari/537.36";
	(void)state;
	struct meanings *t = table(4);
	struct meaning *m = meaning_get(t, FIELD_HTTP_DOUBTFUL_AGENT, 7, agent, sizeof agent - 1);
	struct meaning *sure = meaning_get(t, FIELD_HTTP_USER_AGENT, 7, agent, sizeof agent - 1);
	assert_non_null(m);
	assert_non_null(sure);
	assert_true(m->n > 2);
	assert_int_equal(m->n, sure->n);
	for (uint32_t i = 0; i < m->n; i++) {
		assert_true(m->says[i].doubtful);
		assert_true(m->says[i].confidence <= 20);
		assert_false(sure->says[i].doubtful);
	}
	meaning_put(t, m);
	meaning_put(t, sure);
	meanings_free(t);
}

static void a_detail_refines_what_it_goes_on_from(void **state)
{
	(void)state;
	assert_true(detail_refines("10.0.19041", "10.0"));
	assert_true(detail_refines("9.2p1", "9.2"));
	assert_true(detail_refines("1.22.1-9+deb12u1", "1.22.1"));
	assert_true(detail_refines("1.18.0+dfsg", "1.18.0"));
	assert_false(detail_refines("1.220", "1.22"));
	assert_false(detail_refines("1.22", "1.22"));
	assert_false(detail_refines("1.22", "1.22.1"));
	assert_false(detail_refines("1.22", ""));
}

static int set_up(void **state)
{
	struct error e;
	(void)state;
	return signature_builtin(&set, &e);
}

static int tear_down(void **state)
{
	(void)state;
	signature_free(set);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_value_is_worked_out_once),
		cmocka_unit_test(what_was_said_stays_until_it_is_read),
		cmocka_unit_test(other_signatures_do_not_take_it_away_either),
		cmocka_unit_test(wordings_obey_privacy),
		cmocka_unit_test(a_hello_tells_the_library),
		cmocka_unit_test(a_doubtful_agent_is_hardly_believed),
		cmocka_unit_test(a_detail_refines_what_it_goes_on_from),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
