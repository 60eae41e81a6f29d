#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/observe_options.h"

#define MOST 24

/* Parses words as `onlooker observe` would; the caller finishes *o. */
static int parse(const char *const *words, struct observe_options *o, struct error *error)
{
	char *argv[MOST] = {(char *)"observe"};
	int argc = 1;
	while (words[argc - 1]) {
		argv[argc] = (char *)words[argc - 1];
		argc++;
	}
	error->text[0] = 0;
	return observe_options_parse(argc, argv, o, error);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void everything_is_taken(void **state)
{
	(void)state;
	struct observe_options o;
	struct error error;
	int code = parse(WORDS("-r", "a.pcap", "--read=b.pcap", "-rc.pcap", "-f", "tcp", "--workers", "4", "--local",
			       "10.0.0.0/8", "--exclude", "192.0.2.1", "--exclude", "00:0c:29:aa:bb:cc", "--privacy",
			       "hostName=hash", "--pace", "2.5", "--raw", "--refresh=60", "--json", "-"),
			 &o, &error);
	assert_string_equal(error.text, "");
	assert_int_equal(code, 0);
	assert_int_equal(o.files.count, 3);
	assert_string_equal(o.files.items[2], "c.pcap");
	assert_string_equal(o.filter, "tcp");
	assert_int_equal(o.workers, 4);
	assert_int_equal(o.n_local, 1);
	assert_int_equal(o.local[0].bits, 8);
	assert_int_equal(o.n_exclude, 1);
	assert_int_equal(o.n_exclude_macs, 1);
	assert_int_equal(o.exclude_macs[0][5], 0xcc);
	assert_true(o.raw && !o.flows_only && o.pace > 2.4 && o.refresh_seconds == 60);
	assert_string_equal(o.json, "-");
	assert_int_equal(observe_privacy(&o, "hostName"), PRIVACY_HASH);
	assert_int_equal(observe_privacy(&o, "userName"), PRIVACY_DROP);
	assert_int_equal(observe_privacy(&o, "banner"), PRIVACY_KEEP);
	assert_string_equal(o.privacy_texts[0], "userName=drop");
	assert_string_equal(o.privacy_texts[1], "hostName=hash");
	assert_null(o.privacy_texts[2]);
	observe_options_fini(&o);
}

static void defaults_stand(void **state)
{
	(void)state;
	struct observe_options o;
	struct error error;
	assert_int_equal(parse(WORDS("-r", "a", "--privacy", "userName=keep"), &o, &error), 0);
	assert_int_equal(o.refresh_seconds, 3600);
	assert_int_equal(o.observation_domain, 1);
	assert_int_equal(o.workers, 0);
	assert_int_equal(observe_privacy(&o, "userName"), PRIVACY_KEEP);
	assert_int_equal(o.n_privacy, 1);
	observe_options_fini(&o);
}

static void every_mistake_has_its_sentence(void **state)
{
	(void)state;
	static const struct {
		const char *words[6], *sentence;
	} rows[] = {
		{{"--wokers", "2"}, "onlooker observe: there is no option --wokers; did you mean --workers?"},
		{{"--work", "2"}, "onlooker observe: there is no option --work; did you mean --workers?"},
		{{"--xyzzy"}, "onlooker observe: there is no option --xyzzy; see onlooker observe --help"},
		{{"-Q"}, "onlooker observe: there is no option -Q; see onlooker observe --help"},
		{{"-r"}, "onlooker observe: -r needs a value: FILE"},
		{{"--json="}, "onlooker observe: --json needs a value: FILE"},
		{{"--config"}, "onlooker observe: --config needs a value: FILE"},
		{{"--workers", "two"}, "onlooker observe: --workers: 'two' is no number from 1 to 256"},
		{{"--workers", "-1"}, "onlooker observe: --workers: '-1' is no number from 1 to 256"},
		{{"--workers", "0"}, "onlooker observe: --workers: '0' is no number from 1 to 256"},
		{{"--workers", "99999999999999999999"},
		 "onlooker observe: --workers: '99999999999999999999' is no number from 1 to 256"},
		{{"--pace", "nan"}, "onlooker observe: --pace: 'nan' is no number above 0"},
		{{"--raw=yes"}, "onlooker observe: --raw takes no value"},
		{{"file.pcap"},
		 "onlooker observe: what is 'file.pcap'? captures are named with -r FILE, interfaces with -i IFACE"},
		{{"--dpdk", "-l 0", "-r", "a.pcap"}, "onlooker observe: -r and --dpdk: give one of them"},
		{{"--dpdk", "-l 0", "--pace", "1"}, "onlooker observe: --pace: only a replay has one; leave it out"},
		{{"-r", "a.pcap", "--idle-exit", "1"},
		 "onlooker observe: --idle-exit: only a live capture has one; leave it out"},
		{{"--collect", "udp://:4739"}, "onlooker observe: --collect is not there yet"},
		{{NULL},
		 "onlooker observe: nothing to observe; name a capture with -r FILE or an interface with -i "
		 "IFACE"},
		{{"-i", "eth0", "-r", "a"},
		 "onlooker observe: -r and -i: captures and live interfaces are not read together; leave one out"},
		{{"-i", "eth0", "--pace", "2"}, "onlooker observe: --pace: only a replay has one; leave it out"},
		{{"-i", "eth0", "--block-timeout", "0"},
		 "onlooker observe: --block-timeout: '0' is no number from 1 to 10000"},
		{{"-i", "eth0", "--cpus", "1-0"}, "onlooker observe: --cpus: '1-0' is no list of CPUs like 0-3,8"},
		{{"-i", "eth0", "--cpus", ","}, "onlooker observe: --cpus: ',' is no list of CPUs like 0-3,8"},
		{{"-i", "eth0", "--cpus", "5000"},
		 "onlooker observe: --cpus: CPU 5000 is not there or not allowed; see taskset -p $$"},
		{{"-r", "-", "-r", "-"}, "onlooker observe: -r -: standard input can be read once only"},
		{{"-r", "a", "--local", "10.0.0.0/33"},
		 "onlooker observe: --local: '10.0.0.0/33' is no prefix like 192.0.2.0/24"},
		{{"-r", "a", "--exclude", "printer"},
		 "onlooker observe: --exclude: 'printer' is no prefix like 192.0.2.0/24 and no MAC address"},
		{{"-r", "a", "--privacy", "userName"},
		 "onlooker observe: --privacy: 'userName' is no rule like userName=hash"},
		{{"-r", "a", "--privacy", "userNames=hash"},
		 "onlooker observe: --privacy: 'userNames' is no name in assertions; see the manual"},
		{{"-r", "a", "--privacy", "userName=burn"},
		 "onlooker observe: --privacy: 'burn' is no rule; give keep, truncate, hash or drop"},
		{{"-r", "a", "--flows-only", "--json=x"},
		 "onlooker observe: --flows-only makes no assertions; leave out --json"},
		{{"-r", "a", "--wait", "2"},
		 "onlooker observe: --wait: nobody can subscribe; name an address with --publish URL"},
		{{"-r", "a", "--site", "a/b"},
		 "onlooker observe: --site: 'a/b' has a slash or more than 64 characters"},
		{{"--config", "/nonexistent.yaml"},
		 "onlooker observe: --config: /nonexistent.yaml: No such file or directory"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct observe_options o;
		struct error error;
		assert_int_equal(parse(rows[i].words, &o, &error), ERROR_USAGE);
		assert_string_equal(error.text, rows[i].sentence);
		observe_options_fini(&o);
	}
}

static void live_options_are_taken(void **state)
{
	(void)state;
	struct observe_options o;
	struct error error;
	assert_int_equal(parse(WORDS("-i", "eth0"), &o, &error), 0);
	assert_int_equal(o.ring_mib, 64);
	assert_int_equal(o.block_timeout_ms, 10);
	assert_int_equal(o.snaplen, 65535);
	assert_null(o.cpus);
	observe_options_fini(&o);
	cpu_set_t allowed;
	char cpu[48];
	int first = 0;
	assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
	while (!CPU_ISSET(first, &allowed))
		first++;
	snprintf(cpu, sizeof cpu, "%d-%d,%d", first, first, first);
	assert_int_equal(parse(WORDS("-i", "eth0", "-ieth1", "--block-timeout", "1", "--cpus", cpu), &o, &error), 0);
	assert_int_equal(o.interfaces.count, 2);
	assert_string_equal(o.interfaces.items[1], "eth1");
	assert_int_equal(o.block_timeout_ms, 1);
	assert_int_equal(o.n_cpus, 2);
	assert_int_equal(o.cpus[1], first);
	observe_options_fini(&o);
}

static char file[] = "options.XXXXXX";

static int parse_file(const char *yaml, const char *const *words, struct observe_options *o, struct error *error)
{
	const char *all[MOST] = {"--config", file};
	for (int i = 0; words[i]; i++)
		all[i + 2] = words[i];
	FILE *f = fopen(file, "w");
	assert_non_null(f);
	fputs(yaml, f);
	fclose(f);
	return parse(all, o, error);
}

static void files_are_read_and_flags_win(void **state)
{
	(void)state;
	struct observe_options o;
	struct error error;
	int code = parse_file("read: [a.pcap, b.pcap]\nworkers: 2\nraw: true\nobserve:\n  json: out.jsonl\n"
			      "inventory:\n  repository: other\nsoftware: nginx\n",
			      WORDS("--workers", "3"), &o, &error);
	assert_string_equal(error.text, "");
	assert_int_equal(code, 0);
	assert_int_equal(o.files.count, 2);
	assert_int_equal(o.workers, 3);
	assert_true(o.raw);
	assert_string_equal(o.json, "out.jsonl");
	assert_null(o.repository);
	observe_options_fini(&o);
	assert_int_equal(parse_file("read: a.pcap\n", WORDS("-r", "c.pcap"), &o, &error), 0);
	assert_int_equal(o.files.count, 1);
	assert_string_equal(o.files.items[0], "c.pcap");
	observe_options_fini(&o);
}

static void mistakes_in_files_name_the_line(void **state)
{
	(void)state;
	static const struct {
		const char *yaml, *sentence;
	} rows[] = {
		{"read: a\nworker: 2\n", ":2: worker: there is no such option; did you mean workers?"},
		{"read: a\nworkers: many\n", ":2: workers: 'many' is no number from 1 to 256"},
		{"read: a\nworkers: [1, 2]\n", ":2: workers: wants one value"},
		{"- read\n", ":1: a configuration is a mapping: option: value"},
		{"read: [a\nworkers: 2\n", "this is no YAML"},
		{"read: a\nraw: perhaps\n", ":2: raw: 'perhaps' is neither true nor false"},
		{"read: a\ncollect: eth0\n", ":2: collect is not there yet"},
		{"observ:\n  workers: 2\n", ":1: observ: there is no such command; did you mean observe?"},
		{"inventory:\n  json: true\nsignatures:\n  batch: true\n", "nothing to observe"},
		{"", "nothing to observe"},
		{"observe:\ninventory:\n", "nothing to observe"},
		{"read: a\nobserve: 3\n", ":2: observe: is a command; its options stand below it"},
		{"workers: 1\nread: a\nworkers: 2\n", ":3: workers: stands in line 1 already"},
		{"observe:\n  read: a\n  read: b\n", ":3: read: stands in line 2 already"},
		{"observe:\n  read: a\nobserve:\n  workers: 2\n", ":3: observe: stands in line 1 already"},
		{"read: a\n\"workers\\0\": 2\n", ":2: a key must be the name of an option"},
		{"read: \"a\\0b\"\n", ":1: read: has a zero octet in it"},
		{"read: a\n---\nworkers: 2\n", ":3: a configuration is one document"},
		{"read: a\n---\n\tx\n", "this is no YAML"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct observe_options o;
		struct error error;
		assert_int_equal(parse_file(rows[i].yaml, WORDS(NULL), &o, &error), ERROR_USAGE);
		if (!strstr(error.text, rows[i].sentence))
			fail_msg("'%s' instead of '%s'", error.text, rows[i].sentence);
		observe_options_fini(&o);
	}
}

static void help_and_version_come_first(void **state)
{
	(void)state;
	struct observe_options o;
	struct error error;
	assert_int_equal(parse(WORDS("--help"), &o, &error), 0);
	assert_true(o.common.help);
	observe_options_fini(&o);
	assert_int_equal(parse(WORDS("--version"), &o, &error), 0);
	assert_true(o.common.version);
	observe_options_fini(&o);
}

static int make_file(void **state)
{
	(void)state;
	return close(mkstemp(file));
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_is_taken),
		cmocka_unit_test(live_options_are_taken),
		cmocka_unit_test(defaults_stand),
		cmocka_unit_test(every_mistake_has_its_sentence),
		cmocka_unit_test(files_are_read_and_flags_win),
		cmocka_unit_test(mistakes_in_files_name_the_line),
		cmocka_unit_test(help_and_version_come_first),
	};
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
