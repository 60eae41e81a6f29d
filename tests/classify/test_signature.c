#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "classify/signature_set.h"
#include "classify/signature_source.h"
#include "classify/signature_test.h"
#include "classify/signature_yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A set made of one text. */
static struct signature_set *make(const char *yaml)
{
	struct source_file file = {(char *)(uintptr_t) "test.yaml", (char *)(uintptr_t)yaml, strlen(yaml)};
	struct source_list list = {&file, 1};
	struct buffer block = {0};
	struct error error = {""};
	struct model model;
	struct signature_set *set;
	if (source_compile(&list, &block, &error))
		fail_msg("%s", error.text);
	assert_int_equal(model_open(&model, block.data, block.len, true, true, &error), 0);
	assert_int_equal(signature_set_new(&model, 1, &set, &error), 0);
	return set;
}

struct bench {
	struct signature_set *set;
	struct signature_scratch *scratch;
	struct arena arena;
	struct conclusion out[16];
	size_t n;
};

static void begin(struct bench *b, const char *yaml)
{
	b->set = make(yaml);
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
	b->n = signature_match(b->set, b->scratch, field, value, strlen(value), &b->arena, b->out, 16);
}

static const char *title(const struct bench *b, size_t i)
{
	return i < b->n ? b->out[i].title : "";
}

#define EXAMPLES "    examples: [x]\n"

static void first_of_a_group_decides(void **state)
{
	struct bench b;
	begin(&b, "field: http.server\nsignatures:\n"
		  "  - name: one\n    pattern: '^abc'\n    software: {title: One}\n" EXAMPLES
		  "  - name: two\n    pattern: '^ab'\n    software: {title: Two}\n" EXAMPLES
		  "  - name: three\n    pattern: '^a'\n    group: other\n    confidence: 99\n"
		  "    software: {title: Three}\n" EXAMPLES);
	match(&b, FIELD_HTTP_SERVER, "abcd");
	assert_int_equal(b.n, 2);
	assert_string_equal(title(&b, 0), "Three"); /* surer */
	assert_string_equal(title(&b, 1), "One");
	assert_int_equal(b.out[1].role, ROLE_SERVER);
	assert_int_equal(b.out[1].confidence, field_table[FIELD_HTTP_SERVER].confidence);
	assert_string_equal(b.out[1].signature, "http.server/one");
	match(&b, FIELD_HTTP_SERVER, "ABX");
	assert_int_equal(b.n, 2);
	assert_string_equal(title(&b, 1), "Two");
	match(&b, FIELD_SSH_BANNER, "abcd");
	assert_int_equal(b.n, 0);
	match(&b, FIELD_HTTP_SERVER, "");
	assert_int_equal(b.n, 0);
	end(&b);
}

static void what_decides_may_say_nothing(void **state)
{
	struct bench b;
	begin(&b, "field: http.title\nsignatures:\n"
		  "  - {name: about, pattern: '^x - Pedia', nothing: true, examples: [x - Pedia]}\n"
		  "  - name: one\n    pattern: '^x'\n    software: {title: One}\n" EXAMPLES
		  "  - name: two\n    pattern: '^x'\n    group: other\n    software: {title: Two}\n" EXAMPLES);
	match(&b, FIELD_HTTP_TITLE, "x - Pedia");
	assert_int_equal(b.n, 1);
	assert_string_equal(title(&b, 0), "Two");
	match(&b, FIELD_HTTP_TITLE, "x");
	assert_int_equal(b.n, 2);
	end(&b);
}

static void groups_fill_templates(void **state)
{
	struct bench b;
	begin(&b, "field: ssh.banner\nsignatures:\n"
		  "  - name: ssh\n    pattern: 'SSH_(?<v>[0-9.]+)(?<p>p[0-9])?(?: D-(?<r>\\S+))?'\n"
		  "    software: {title: SSH, version: '{v}[{p}]', revision: '{r}', cpe: 'a:ven dor:ssh:{v}:{p}',"
		  " purl: 'pkg:deb/x/ssh@{v}[{p}]-{r}'}\n" EXAMPLES);
	match(&b, FIELD_SSH_BANNER, "ssh_9.2p1 D-2+u3");
	assert_int_equal(b.n, 1);
	assert_string_equal(b.out[0].version, "9.2p1");
	assert_string_equal(b.out[0].revision, "2+u3");
	assert_string_equal(b.out[0].cpe, "cpe:2.3:a:ven_dor:ssh:9.2:p1:*:*:*:*:*:*");
	assert_string_equal(b.out[0].purl, "pkg:deb/x/ssh@9.2p1-2%2Bu3");
	match(&b, FIELD_SSH_BANNER, "ssh_9.2");
	assert_string_equal(b.out[0].version, "9.2");
	assert_null(b.out[0].revision);
	assert_null(b.out[0].purl);
	assert_string_equal(b.out[0].cpe, "cpe:2.3:a:ven_dor:ssh:9.2:*:*:*:*:*:*:*");
	end(&b);
}

static void captured_text_is_read_again(void **state)
{
	struct bench b;
	begin(&b,
	      "signatures:\n"
	      "  - name: server\n    field: http.server\n    pattern: '^S (?<all>.*)'\n    confidence: 60\n"
	      "    reenter: {http.serverModule: '{all|words}'}\n" EXAMPLES
	      "  - name: module\n    field: http.serverModule\n    pattern: '^(?<n>[a-z]+)/(?<v>[0-9.]+)'\n"
	      "    software: {title: '{n}', version: '{v}', role: library}\n" EXAMPLES
	      "  - name: again\n    field: http.serverModule\n    pattern: '^again (?<x>.*)|^\\(again (?<y>.*)\\)'\n"
	      "    reenter: {http.serverModule: '{y}'}\n    group: again\n" EXAMPLES);
	match(&b, FIELD_HTTP_SERVER, "S a/1 b/2.0 junk");
	assert_int_equal(b.n, 2);
	assert_string_equal(title(&b, 0), "a");
	assert_string_equal(b.out[1].version, "2.0");
	assert_int_equal(b.out[0].confidence, 60); /* no surer than what captured it */
	assert_int_equal(b.out[0].source, FIELD_HTTP_SERVER_MODULE);
	match(&b, FIELD_HTTP_SERVER, "S (again a/1)");
	assert_int_equal(b.n, 1); /* depth 2 */
	match(&b, FIELD_HTTP_SERVER, "S (again (again a/1))");
	assert_int_equal(b.n, 0); /* depth 3 is not read */
	end(&b);
}

/* A host that is called after a product does not run it for that. */
static void names_of_hosts_are_no_products(void **state)
{
	struct bench b;
	begin(&b,
	      "field: [smtp.banner, http.server]\nsignatures:\n"
	      "  - name: p\n    pattern: 'post(?: (?<v>\\d))?'\n    software: {title: Post, version: "
	      "\"{v}\"}\n" EXAMPLES "  - name: e\n    pattern: '\\bexim(?: (?<v>[\\d.]+))?'\n    software: {title: "
	      "Exim, version: \"{v}\"}\n" EXAMPLES "  - name: d\n    pattern: 'post\\.test\\b'\n    software: {title: "
	      "Post}\n" EXAMPLES);
	match(&b, FIELD_SMTP_BANNER, "post.lab.test ESMTP Exim 4.96 Sun");
	assert_int_equal(b.n, 1);
	assert_string_equal(title(&b, 0), "Exim");
	assert_string_equal(b.out[0].version, "4.96");
	match(&b, FIELD_SMTP_BANNER, "220 exim ESMTP Exim 4.96");
	assert_int_equal(b.n, 1);
	assert_string_equal(b.out[0].version, "4.96");
	match(&b, FIELD_SMTP_BANNER, "exim.lab.test ESMTP"); /* neither where nothing better is there */
	assert_int_equal(b.n, 0);
	match(&b, FIELD_SMTP_BANNER, "220 mx.post.test ESMTP"); /* whose domain it is */
	assert_int_equal(b.n, 1);
	assert_string_equal(title(&b, 0), "Post");
	match(&b, FIELD_SMTP_BANNER, "Exim 4.96");
	assert_int_equal(b.n, 1);
	assert_string_equal(b.out[0].version, "4.96");
	match(&b, FIELD_HTTP_SERVER, "post.lab.test"); /* no greeting */
	assert_string_equal(title(&b, 0), "Post");
	end(&b);
}

static void status_words_of_mailbox_servers_are_not_matched(void **state)
{
	struct bench b;
	begin(&b, "field: imap.banner\nsignatures:\n"
		  "  - name: post\n    pattern: '^Post (?<v>\\d+) ready'\n    software: {title: Post, version: "
		  "'{v}'}\n" EXAMPLES);
	const char *const greetings[] = {"Post 7 ready", "* OK Post 7 ready", "* PREAUTH Post 7 ready",
					 "+OK Post 7 ready"};
	for (size_t i = 0; i < sizeof greetings / sizeof *greetings; i++) {
		match(&b, FIELD_IMAP_BANNER, greetings[i]);
		assert_string_equal(title(&b, 0), "Post");
		assert_string_equal(b.out[0].version, "7");
	}
	match(&b, FIELD_IMAP_BANNER, "* OK ");
	assert_int_equal(b.n, 0);
	end(&b);
}

static void what_hyperscan_cannot_do_still_works(void **state)
{
	struct bench b;
	begin(&b, "field: http.server\nsignatures:\n"
		  "  - name: back\n    pattern: '^(?<a>[a-z]+)-\\k<a>-same'\n    software: {title: Back}\n" EXAMPLES
		  "  - name: look\n    pattern: '^(?=[0-9])(?<a>.)\\1$'\n    software: {title: Look}\n" EXAMPLES);
	match(&b, FIELD_HTTP_SERVER, "foo-foo-same");
	assert_string_equal(title(&b, 0), "Back");
	match(&b, FIELD_HTTP_SERVER, "foo-bar-same");
	assert_int_equal(b.n, 0);
	match(&b, FIELD_HTTP_SERVER, "77");
	assert_string_equal(title(&b, 0), "Look");
	end(&b);
}

static void no_value_stalls(void **state)
{
	struct bench b;
	begin(&b, "field: http.server\nsignatures:\n"
		  "  - name: evil\n    pattern: '^(?:a+)+(x)\\1$'\n    software: {title: Evil}\n" EXAMPLES);
	char value[5000];
	memset(value, 'a', sizeof value);
	value[4000] = 'x';
	struct timespec from, to;
	clock_gettime(CLOCK_MONOTONIC, &from);
	b.n = signature_match(b.set, b.scratch, FIELD_HTTP_SERVER, value, sizeof value, &b.arena, b.out, 16);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_int_equal(b.n, 0);
	assert_true(b.scratch->limits > 0);
	assert_true(to.tv_sec - from.tv_sec < 2);
	end(&b);
}

static void long_values_are_cut(void **state)
{
	struct bench b;
	begin(&b, "field: http.server\nsignatures:\n"
		  "  - name: tail\n    pattern: 'needle'\n    software: {title: Needle}\n" EXAMPLES);
	static char value[8192];
	memset(value, '.', sizeof value);
	memcpy(value + 4090, "needle", 6);
	arena_reset(&b.arena);
	assert_int_equal(signature_match(b.set, b.scratch, FIELD_HTTP_SERVER, value, sizeof value, &b.arena, b.out, 16),
			 1);
	memcpy(value + 4090, ".needle", 7);
	assert_int_equal(signature_match(b.set, b.scratch, FIELD_HTTP_SERVER, value, sizeof value, &b.arena, b.out, 16),
			 0);
	end(&b);
}

static void mistakes_are_named(void **state)
{
	static const struct {
		const char *yaml, *says;
	} bad[] = {
		{"a: [", "bad.yaml:"},
		{"field: http.server\nsignature: []\n", "bad.yaml:2: a signature file has no «signature»"},
		{"field: http.nothing\nsignatures: []\n", "bad.yaml:1: there is no field «http.nothing»"},
		{"signatures:\n  - {name: a, pattern: '^a', software: {title: A}, examples: [a]}\n", "names a field"},
		{"field: http.server\nsignatures:\n  - {name: a, pattern: '^(a', software: {title: A}}\n",
		 "bad.yaml:3: the pattern is not valid: missing closing parenthesis"},
		{"field: http.server\nsignatures:\n  - {name: a, pattern: 'a', software: {title: A}}\n", "literal"},
		{"field: http.server\nsignatures:\n  - {name: a, pattern: '^a*', software: {title: A}}\n",
		 "empty text"},
		{"field: http.server\nsignatures:\n  - {name: a, pattern: '^a', software: {title: '{v}'}}\n", "group"},
		{"field: http.server\nsignatures:\n  - {name: a, pattern: '^a', software: {title: A, colour: red}}\n",
		 "software has no «colour»"},
		{"field: http.server\nsignatures:\n  - {name: a, pattern: '^a', software: {title: A}}\n",
		 "needs an example"},
		{"field: http.server\nsignatures:\n  - {name: a, pattern: '^a', examples: [a]}\n", "concludes nothing"},
		{"field: http.server\nsignatures:\n  - {name: a, pattern: '^a', nothing: 1, examples: [a]}\n",
		 "nothing is «true»"},
		{"field: http.server\nsignatures:\n"
		 "  - {name: a, pattern: '^a', nothing: true, software: {title: A}, examples: [a]}\n",
		 "says that it does not"},
		{"field: http.server\nsignatures:\n  - {name: a, pattern: '^a', software: {title: A, cpe: 'nginx'}}\n",
		 "CPE"},
		{"field: os.name\nsignatures:\n  - {name: a, pattern: '^a', software: {title: A}, examples: [a]}\n",
		 "say the role"},
		{"field: http.server\nsignatures:\n  - {name: a, pattern: '^a', confidence: 101, os: {title: A}}\n",
		 "percentage"},
		{"field: http.server\nsignatures:\n  - {name: a, pattern: '^a', software: [1, 2]}\n", "mapping"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct model_builder b;
		struct error error = {""};
		model_builder_init(&b);
		assert_int_equal(signature_yaml_read(&b, "bad.yaml", bad[i].yaml, strlen(bad[i].yaml), &error),
				 ERROR_USAGE);
		if (!strstr(error.text, bad[i].says) || strncmp(error.text, "bad.yaml:", 9))
			fail_msg("case %zu says «%s», not «%s»", i, error.text, bad[i].says);
		model_builder_fini(&b);
	}
}

/* As one with nothing but comments: an empty file has no octets to point at. */
static void an_empty_file_has_no_signatures(void **state)
{
	static const char *const texts[] = {NULL, "", "# to be done\n"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct model_builder b;
		struct error error = {""};
		model_builder_init(&b);
		assert_int_equal(
			signature_yaml_read(&b, "none.yaml", texts[i], texts[i] ? strlen(texts[i]) : 0, &error), 0);
		assert_int_equal(model_rows(&b, MODEL_ENTRIES), 0);
		model_builder_fini(&b);
	}
}

static void damage_is_noticed(void **state)
{
	const char *yaml = "field: http.server\nsignatures:\n"
			   "  - {name: a, pattern: '^abc', software: {title: A}, examples: [abc]}\n";
	struct source_file file = {(char *)(uintptr_t) "test.yaml", (char *)(uintptr_t)yaml, strlen(yaml)};
	struct buffer block = {0};
	struct model m;
	assert_int_equal(source_compile(&(struct source_list){&file, 1}, &block, NULL), 0);
	assert_int_equal(model_open(&m, block.data, block.len, false, true, NULL), 0);
	for (size_t len = 0; len < block.len; len += 37)
		assert_int_equal(model_open(&m, block.data, len, false, true, NULL), ERROR_DAMAGED);
	for (size_t at = 8; at < block.len; at += block.len / 300 + 1) {
		block.data[at] ^= 0x80;
		struct signature_set *set = NULL;
		/* With a checksum damage is found, but for the digest, which only names; without, nothing leads astray.
		 */
		if (at < 16 || at >= 16 + 72)
			assert_true(model_open(&m, block.data, block.len, false, true, NULL) || at < 300);
		if (!model_open(&m, block.data, block.len, false, false, NULL))
			signature_set_new(&m, 1, &set, NULL);
		signature_free(set);
		block.data[at] ^= 0x80;
	}
	buffer_fini(&block);
}

static unsigned failures_heard;

static void hear(void *context, const char *sentence)
{
	failures_heard++;
	if (context && !strstr(sentence, context))
		fail_msg("%s", sentence);
}

static void tests_find_mistakes(void **state)
{
	static const struct {
		const char *entries, *says;
	} bad[] = {
		{"  - {name: a, pattern: '^abc', software: {title: A}, examples: [xyz]}\n", "does not match"},
		{"  - {name: a, pattern: '^abc', software: {title: A}, examples: [{value: abc, title: B}]}\n",
		 "otherwise"},
		{"  - {name: a, pattern: '^abc', software: {title: A}, examples: [abc], counter: [abcd]}\n", "counter"},
		{"  - {name: a, pattern: '^abc', software: {title: A}, examples: [abc]}\n"
		 "  - {name: b, pattern: '^abcd', software: {title: B}, examples: [abcd]}\n",
		 "taken by a"},
		{"  - {name: a, pattern: '^abc', software: {title: A}, examples: [abc]}\n"
		 "  - {name: a, pattern: '^xbc', software: {title: B}, examples: [xbc]}\n",
		 "also that of"},
		{"  - {name: a, pattern: '^abc|xbc', software: {title: A}, examples: [abc]}\n", "found anywhere"},
		{"  - {name: a, pattern: '.*abc', software: {title: A}, examples: [abc]}\n", "begins with .*"},
		{"  - {name: a, pattern: '^abc', os: {title: Linux}, examples: [abc]}\n"
		 "  - {name: b, group: os, pattern: '^abcd', os: {title: Windows}, examples: [abcd]}\n",
		 "contradict"},
		{"  - {name: a, pattern: '^(?:a+)+(?<x>b)\\k<x>$', software: {title: A}, examples: [abb]}\n", "limits"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char yaml[1024];
		struct signature_test_result r;
		snprintf(yaml, sizeof yaml, "field: http.server\nsignatures:\n%s", bad[i].entries);
		struct signature_set *set = make(yaml);
		failures_heard = 0;
		assert_int_equal(signature_test(set, hear, (void *)(uintptr_t)bad[i].says, &r), 0);
		assert_int_equal(failures_heard, 1);
		assert_int_equal(r.failures, 1);
		signature_free(set);
	}
}

static void builtin_proves_itself(void **state)
{
	struct signature_set *set;
	struct error error = {""};
	struct signature_test_result r;
	assert_int_equal(signature_builtin(&set, &error), 0);
	assert_int_equal(strncmp(signature_digest(set), "sha256:", 7), 0);
	assert_int_equal(strlen(signature_digest(set)), 7 + 64);
	assert_int_equal(signature_test(set, hear, NULL, &r), 0);
	assert_int_equal(r.failures, 0);
	assert_true(r.signatures > 0 && r.examples >= r.signatures);
	signature_free(set);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void users_signatures_come_first(void **state)
{
	char base[] = "/tmp/onlooker-signature-XXXXXX", folder[64], path[80], cache[80], command[128];
	struct signature_set *set;
	struct error error = {""};
	const char *own = folder;
	assert_non_null(mkdtemp(base));
	assert_int_equal(setenv("XDG_CACHE_HOME", base, 1), 0);
	snprintf(folder, sizeof folder, "%s/mine", base);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_true(signature_load(&own, 1, &set, &error) == ERROR_USAGE); /* nothing in it */
	snprintf(path, sizeof path, "%s/mine.yaml", folder);
	write_file(path, "field: http.server\nsignatures:\n"
			 "  - {name: mine, pattern: '^nginx', software: {title: Mine}, examples: [nginx]}\n");
	snprintf(cache, sizeof cache, "%s/onlooker", base);
	for (int round = 0; round < 3; round++) { /* compiled, from the cache, and not from a cache others can write */
		struct arena arena;
		struct conclusion out[8];
		if (round == 2)
			assert_int_equal(chmod(cache, 0777), 0);
		assert_int_equal(signature_load(&own, 1, &set, &error), 0);
		assert_int_equal(access(cache, F_OK), 0);
		struct signature_scratch *scratch = signature_scratch_new(set);
		arena_init(&arena, 4096, 0);
		assert_true(signature_match(set, scratch, FIELD_HTTP_SERVER, "nginx/1.0", 9, &arena, out, 8) >= 1);
		assert_string_equal(out[0].title, "Mine");
		assert_true(signature_match(set, scratch, FIELD_SSH_BANNER, "SSH-2.0-OpenSSH_9.2p1 Debian-2", 30,
					    &arena, out, 8) >= 1);
		assert_string_equal(out[0].title, "OpenSSH");
		arena_fini(&arena);
		signature_scratch_free(scratch);
		signature_free(set);
	}
	snprintf(command, sizeof command, "rm -r %s", base);
	assert_int_equal(system(command), 0);
}

static void nothing(void *context, const struct signature_row *row)
{
	unsigned *n = context;
	assert_non_null(row->name);
	assert_true(field_by_name(row->field) < FIELDS);
	++*n;
}

static void walks_all(void **state)
{
	struct signature_set *set = make("field: [ssh.banner, ssh.clientBanner]\nsignatures:\n"
					 "  - {name: a, pattern: '^abc', software: {title: A}, examples: [abc]}\n");
	unsigned n = 0;
	signature_each(set, nothing, &n);
	assert_int_equal(n, 2);
	signature_free(set);
}

/* Scanners read by whole vectors; the octet behind a value may lie on a page that is not there. */
static void values_end_at_a_page_s_end(void **state)
{
	static const char text[] = "Apache/4.6.-ps PHP/5hacpAsp Pos_deta16ps\t\xd7\x01\0/5.\305\x31"
				   "16ps PHP/5.[.6";
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct signature_set *set;
	struct conclusion out[8];
	struct arena arena;
	assert_ptr_not_equal(two, MAP_FAILED);
	assert_int_equal(mprotect(two + page, page, PROT_NONE), 0);
	assert_int_equal(signature_builtin(&set, NULL), 0);
	struct signature_scratch *scratch = signature_scratch_new(set);
	arena_init(&arena, 4096, 1 << 20);
	for (size_t len = 1; len < sizeof text; len++) {
		char *value = two + page - len;
		memcpy(value, text, len);
		arena_reset(&arena);
		size_t n = signature_match(set, scratch, FIELD_HTTP_SERVER, value, len, &arena, out, 8);
		if (len == 10)
			assert_in_range(n, 1, 8);
	}
	arena_fini(&arena);
	signature_scratch_free(scratch);
	signature_free(set);
	munmap(two, 2 * page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_of_a_group_decides),
		cmocka_unit_test(what_decides_may_say_nothing),
		cmocka_unit_test(groups_fill_templates),
		cmocka_unit_test(captured_text_is_read_again),
		cmocka_unit_test(names_of_hosts_are_no_products),
		cmocka_unit_test(status_words_of_mailbox_servers_are_not_matched),
		cmocka_unit_test(what_hyperscan_cannot_do_still_works),
		cmocka_unit_test(no_value_stalls),
		cmocka_unit_test(long_values_are_cut),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(an_empty_file_has_no_signatures),
		cmocka_unit_test(damage_is_noticed),
		cmocka_unit_test(tests_find_mistakes),
		cmocka_unit_test(builtin_proves_itself),
		cmocka_unit_test(users_signatures_come_first),
		cmocka_unit_test(walks_all),
		cmocka_unit_test(values_end_at_a_page_s_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
