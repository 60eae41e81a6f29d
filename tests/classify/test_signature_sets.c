/* Signature sets of other tools: Recog's XML and p0f.fp. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/signature_set.h"
#include "classify/signature_source.h"
#include "classify/signature_test.h"

#include <stdio.h>
#include <string.h>

static int compile(const char *name, const char *text, struct buffer *block, struct error *error)
{
	struct source_file file = {(char *)(uintptr_t)name, (char *)(uintptr_t)text, strlen(text)};
	struct source_list list = {&file, 1};
	return source_compile(&list, block, error);
}

static struct signature_set *make(const char *name, const char *text)
{
	struct buffer block = {0};
	struct error error = {""};
	struct model model;
	struct signature_set *set;
	if (compile(name, text, &block, &error))
		fail_msg("%s", error.text);
	assert_int_equal(model_open(&model, block.data, block.len, true, true, &error), 0);
	assert_int_equal(signature_set_new(&model, 1, &set, &error), 0);
	return set;
}

struct bench {
	struct signature_set *set;
	struct signature_scratch *scratch;
	struct arena arena;
	struct conclusion out[8];
	size_t n;
};

static void begin(struct bench *b, const char *name, const char *text)
{
	b->set = make(name, text);
	b->scratch = signature_scratch_new(b->set);
	assert_non_null(b->scratch);
	arena_init(&b->arena, 4096, 1 << 20);
}

static void end(struct bench *b)
{
	arena_fini(&b->arena);
	signature_scratch_free(b->scratch);
	signature_free(b->set);
}

static void match(struct bench *b, enum field field, const char *value)
{
	arena_reset(&b->arena);
	b->n = signature_match(b->set, b->scratch, field, value, strlen(value), &b->arena, b->out, 8);
}

static const struct conclusion *of_role(const struct bench *b, enum software_role role)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->out[i].kind == CONCLUDES_SOFTWARE && b->out[i].role == role)
			return &b->out[i];
	fail_msg("no conclusion of role %s", software_role_name[role]);
	return NULL;
}

static void refused(const char *name, const char *text, const char *why)
{
	struct buffer block = {0};
	struct error error = {""};
	assert_int_equal(compile(name, text, &block, &error), ERROR_USAGE);
	if (!strstr(error.text, why))
		fail_msg("«%s» was expected, «%s» was said", why, error.text);
	buffer_fini(&block);
}

/* ---- Recog ---- */

#define RECOG(matches, inside) \
	"<?xml version='1.0'?>\n<fingerprints matches=\"" matches "\">\n" inside "</fingerprints>\n"
#define FINGERPRINT(attributes, inside) \
	"<fingerprint " attributes ">\n<description>Some Thing</description>\n" inside "</fingerprint>\n"

static const char daemon_of_all[] = RECOG(
	"ssh.banner",
	FINGERPRINT("pattern=\"^Foo[ _](\\d+)\\.(\\d+) (?:on (\\w+))?(?&lt;!x)$\" flags=\"REG_ICASE\"",
		    "<example service.version=\"1.2\" service.product=\"Foo Daemon\" os.product=\"Plan9\">foo_1.2 on "
		    "Plan9</example>\n"
		    "<example _encoding=\"base64\" service.version=\"3.4\">Rm9vIDMuNCA=</example>\n"
		    "<param pos=\"1\" name=\"_tmp.major\"/>\n"
		    "<param pos=\"2\" name=\"_tmp.minor\"/>\n"
		    "<param pos=\"0\" name=\"service.vendor\" value=\"Foo &amp; Sons\"/>\n"
		    "<param pos=\"0\" name=\"service.product\" value=\"Foo Daemon\"/>\n"
		    "<param pos=\"0\" name=\"service.version\" value=\"{_tmp.major}.{_tmp.minor}\"/>\n"
		    "<param pos=\"0\" name=\"service.cpe23\" value=\"cpe:/a:foo%21:foo_daemon:{service.version}\"/>\n"
		    "<param pos=\"0\" name=\"service.certainty\" value=\"0.45\"/>\n"
		    "<param pos=\"3\" name=\"os.product\"/>\n"
		    "<param pos=\"0\" name=\"hw.device\" value=\"Toaster\"/>\n"
		    "<param pos=\"0\" name=\"hw.product\" value=\"T[1] {hw.nothing}\"/>\n"));

static void recog_says_what_its_author_says(void **state)
{
	struct bench b;
	begin(&b, "set.xml", daemon_of_all);
	match(&b, FIELD_SSH_BANNER, "FOO_1.2 on Plan9");
	const struct conclusion *c = of_role(&b, ROLE_SERVER);
	assert_string_equal(c->title, "Foo Daemon");
	assert_string_equal(c->creator, "Foo & Sons");
	assert_string_equal(c->version, "1.2");
	assert_string_equal(c->cpe, "cpe:2.3:a:foo\\!:foo_daemon:1.2:*:*:*:*:*:*:*");
	assert_int_equal(c->confidence, 45);
	assert_string_equal(of_role(&b, ROLE_OPERATING_SYSTEM)->title, "Plan9");
	assert_int_equal(b.n, 3);
	for (size_t i = 0; i < b.n; i++)
		if (b.out[i].kind == CONCLUDES_HARDWARE) {
			assert_null(b.out[i].title); /* it names a parameter that does not exist */
			assert_string_equal(b.out[i].hardware_kind, "Toaster");
		}
	match(&b, FIELD_SSH_BANNER, "Foo 1.2 "); /* what a group did not take is not said */
	assert_int_equal(b.n, 2);
	match(&b, FIELD_SSH_BANNER, "Foo 1.2 on Linux");
	assert_int_equal(b.n, 0);                                        /* the x that must not stand before the end */
	match(&b, FIELD_SSH_BANNER, "before\nFoo 1.2 on Plan9\nbehind"); /* lines, as in Ruby */
	assert_int_equal(b.n, 3);
	end(&b);
}

static unsigned failures;

static void hear(void *context, const char *sentence)
{
	failures++;
	if (!context)
		fail_msg("%s", sentence);
}

static void recog_proves_itself(void **state)
{
	struct signature_test_result r;
	struct signature_set *set = make("set.xml", daemon_of_all);
	assert_int_equal(signature_test(set, hear, NULL, &r), 0);
	assert_int_equal(r.signatures, 1);
	assert_int_equal(r.examples, 2);
	signature_free(set);
	set = make("set.xml",
		   RECOG("ssh.banner", FINGERPRINT("pattern=\"^a(\\d)\"",
						   "<example service.version=\"2\">a1</example>"
						   "<param pos=\"1\" name=\"service.version\"/>"
						   "<param pos=\"0\" name=\"service.product\" value=\"A\"/>")));
	failures = 0;
	assert_int_equal(signature_test(set, hear, &failures, &r), 0);
	assert_int_equal(failures, 1);
	signature_free(set);
}

/* A whole directory of Recog's holds files about what nobody sees pass. */
static void recog_about_other_text_is_left_out(void **state)
{
	struct signature_set *set = make("favicons.xml", RECOG("favicon.md5", FINGERPRINT("pattern=\"^abc$\"", "")));
	struct signature_test_result r;
	assert_int_equal(signature_test(set, hear, NULL, &r), 0);
	assert_int_equal(r.signatures, 0);
	signature_free(set);
}

static void recog_is_refused_with_line_and_reason(void **state)
{
	refused("set.xml", "", "set.xml:1: no element found");
	refused("set.xml", "<html></html>", "set.xml:1: <html> is not Recog's");
	refused("set.xml", "<fingerprints>\n</fingerprints>", "set.xml:1: <fingerprints> does not say what it matches");
	refused("set.xml", RECOG("ssh.banner", FINGERPRINT("", "")), "set.xml:3: a fingerprint needs a pattern");
	refused("set.xml", RECOG("ssh.banner", FINGERPRINT("pattern=\"^(a\"", "")),
		"set.xml:3: the pattern is not valid");
	refused("set.xml", RECOG("favicon.md5", FINGERPRINT("pattern=\"^(a\"", "")),
		"set.xml:3: the pattern is not valid");
	refused("set.xml", RECOG("ssh.banner", FINGERPRINT("pattern=\"a\"", "<param pos=\"1\" name=\"os.product\"/>")),
		"set.xml:3: os.product takes group 1");
	refused("set.xml",
		RECOG("ssh.banner", FINGERPRINT("pattern=\"a\"", "<param pos=\"one\" name=\"os.product\"/>")),
		"set.xml:5: <param> needs pos");
	refused("set.xml", RECOG("ssh.banner", FINGERPRINT("pattern=\"a\"", "<param pos=\"0\" name=\"os.product\"/>")),
		"set.xml:5: <param> «os.product» has neither");
	refused("set.xml", RECOG("ssh.banner", FINGERPRINT("pattern=\"a\"", "<parm/>")),
		"set.xml:5: <parm> is not expected");
	refused("set.xml", RECOG("ssh.banner", FINGERPRINT("pattern=\"a\"", "<param></fingerprint>")), "set.xml:5: ");
	refused("set.xml", "<!DOCTYPE a [<!ENTITY b \"c\">]><fingerprints/>", "set.xml:1: a document type");
}

/* ---- p0f ---- */

#define LINUX "label = s:unix:Linux:9.1 and newer\n"

static void p0f_says_the_system(void **state)
{
	struct bench b;
	begin(&b, "p0f.fp",
	      "classes = win,unix,other\n[mtu]\nlabel = Ethernet\nsig = 1500\n; a comment\n[tcp:request]\n"
	      "label = g:unix:Linux:any\nsig = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0\n" LINUX
	      "sig = *:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0\n"
	      "label = s:win:Windows:XP\nsig = 4:128:0:*:%8192,0:mss,nop,nop,sok:df,id+:0\n"
	      "label = s:!:NMap:SYN scan\nsig = *:64-:0:1460:1024,0:mss::0\n"
	      "[tcp:response]\n" LINUX "sig = *:54+10:0:*:65535,*:mss,nop,ws,?19,eol+1:df:*\n"
	      "[http:request]\nlabel = s:!:Firefox:2.x\nsys = Windows\nsig = *:Host:Accept:Firefox\n");
	match(&b, FIELD_TCP_SYN, "4:57:0:1460:29200,7:mss,sok,ts,nop,ws:df,id+:0");
	assert_int_equal(b.n, 1);
	assert_string_equal(b.out[0].title, "Linux");
	assert_null(b.out[0].version);
	assert_int_equal(b.out[0].confidence, 45);
	assert_non_null(strstr(b.out[0].signature, "9.1-and-newer"));
	match(&b, FIELD_TCP_SYN,
	      "6:57:0:1440:28800,7:mss,sok,ts,nop,ws:flow:0"); /* no DF in IPv6, no wish for a label */
	assert_int_equal(b.n, 0);
	match(&b, FIELD_TCP_SYN, "6:57:0:1440:28800,7:mss,sok,ts,nop,ws::0");
	assert_int_equal(b.n, 1);
	match(&b, FIELD_TCP_SYN, "4:57:0:1460:29201,7:mss,sok,ts,nop,ws:df,id+:0"); /* no multiple: the generic one */
	assert_int_equal(b.n, 1);
	assert_int_equal(b.out[0].confidence, 35);
	match(&b, FIELD_TCP_SYN, "4:20:0:1460:29200,7:mss,sok,ts,nop,ws:df,id+:0"); /* nobody is 44 hops away */
	assert_int_equal(b.n, 0);
	match(&b, FIELD_TCP_SYN, "4:127:0:1460:16384,0:mss,nop,nop,sok:df,id+:0");
	assert_string_equal(b.out[0].title, "Windows XP");
	match(&b, FIELD_TCP_SYN, "4:127:0:1460:16385,0:mss,nop,nop,sok:df,id+:0");
	assert_int_equal(b.n, 0);
	match(&b, FIELD_TCP_SYN, "4:40:0:1460:1024,0:mss::0"); /* an application's packets are no system */
	assert_int_equal(b.n, 0);
	match(&b, FIELD_TCP_SYN_ACK, "4:64:0:1460:65535,3:mss,nop,ws,?19,eol+1:df:+");
	assert_int_equal(b.n, 1);
	end(&b);
}

static void p0f_is_refused_with_line_and_reason(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{"[tcp]\n", "p0f.fp:1: there is no section «[tcp]»"},
		{"\nsig = 1\n", "p0f.fp:2: «sig» stands before any section"},
		{"[tcp:request]\nnonsense\n", "p0f.fp:2: a line is"},
		{"[tcp:request]\ncolour = red\n", "p0f.fp:2: there is no key «colour»"},
		{"[tcp:request]\nlabel = s:unix\n", "p0f.fp:2: a label is type"},
		{"[tcp:request]\nlabel = x:unix:Linux:\n", "p0f.fp:2: the type of a label"},
		{"[tcp:request]\nsig = *:64:0:*:1,1:mss:df:0\n", "p0f.fp:2: a signature stands behind a label"},
		{"[tcp:request]\n" LINUX "sig = *:64:0:*\n", "p0f.fp:3: a signature is ver"},
		{"[tcp:request]\n" LINUX "sig = *:64:0:*:1,1:mss:df:0:0\n", "p0f.fp:3: a signature is ver"},
		{"[tcp:request]\n" LINUX "sig = 5:64:0:*:1,1:mss:df:0\n", "p0f.fp:3: the version «5»"},
		{"[tcp:request]\n" LINUX "sig = *:640:0:*:1,1:mss:df:0\n", "p0f.fp:3: the TTL «640»"},
		{"[tcp:request]\n" LINUX "sig = *:64:x:*:1,1:mss:df:0\n", "p0f.fp:3: the length of options «x»"},
		{"[tcp:request]\n" LINUX "sig = *:64:0:*:1:mss:df:0\n", "p0f.fp:3: the window «1» has no scale"},
		{"[tcp:request]\n" LINUX "sig = *:64:0:*:%9,1:mss:df:0\n", "p0f.fp:3: the window «%9» must be"},
		{"[tcp:request]\n" LINUX "sig = *:64:0:*:1,1:(:df:0\n", "p0f.fp:3: the options «(»"},
		{"[tcp:request]\n" LINUX "sig = *:64:0:*:1,1:mss:dx:0\n", "p0f.fp:3: there is no quirk «dx»"},
		{"[tcp:request]\n" LINUX "sig = *:64:0:*:1,1:mss:df:1\n", "p0f.fp:3: the payload «1»"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		refused("p0f.fp", bad[i].text, bad[i].why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recog_says_what_its_author_says),
		cmocka_unit_test(recog_proves_itself),
		cmocka_unit_test(recog_about_other_text_is_left_out),
		cmocka_unit_test(recog_is_refused_with_line_and_reason),
		cmocka_unit_test(p0f_says_the_system),
		cmocka_unit_test(p0f_is_refused_with_line_and_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
