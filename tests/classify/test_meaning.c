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
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
