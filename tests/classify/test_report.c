/* Syslog and TFTP. */
#include "tests/classify/dissect_test.h"

extern const struct dissector syslog_dissector, tftp_dissector;

static struct fixture f;

static void report(const char *text)
{
	fixture_init(&f, &syslog_dissector, 4, 514);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, text, strlen(text)), PROBE_YES);
	fixture_datagram(&f, FLOW_FORWARD, text, strlen(text));
}

static void reports_name_host_and_program(void **state)
{
	static const char old[] = "<38>Oct 11 22:14:15 host7 sshd[99]: Accepted password";
	report(old);
	SAID(&f, "syslog.hostName sender host7", "syslog.program sender sshd", NULL);
	fixture_init(&f, &syslog_dissector, 4, 514);
	assert_true(fixture_cut_datagrams(&f, FLOW_FORWARD, old, sizeof old - 1) <= 2);
	report("<38>Oct  1 22:14:15 sshd[99]: no host");
	SAID(&f, "syslog.program sender sshd", NULL);
	report("<38>Oct  1 22:14:15 localhost sshd: everybody's name");
	SAID(&f, NULL);
	report("<165>1 2003-08-24T05:14:15.000003-07:00 host7.example.org su 77 ID47 - text");
	SAID(&f, "syslog.hostName sender host7.example.org", "syslog.program sender su", NULL);
	report("<46>Oct 11 22:14:15 host7 rsyslogd: [origin software=\"rsyslogd\" swVersion=\"8.2302.0\" x-pid=\"1\"]");
	SAID(&f, "syslog.hostName sender host7", "syslog.program sender rsyslogd",
	     "syslog.origin sender product=rsyslogd;version=8.2302.0", NULL);
	report("<46>Nov 30 11:43:20 syslogd (GNU inetutils 2.4): restart"); /* a program, and no host */
	SAID(&f, "syslog.origin sender product=GNU inetutils syslogd;version=2.4", NULL);
	report("<46>Nov 30 11:43:20 host7 syslog-ng[1]: syslog-ng starting up; version='3.38.1', cfg='x'");
	SAID(&f, "syslog.origin sender product=syslog-ng;version=3.38.1", "syslog.hostName sender host7",
	     "syslog.program sender syslog-ng", NULL);
}

static void devices_are_known_by_their_form(void **state)
{
	report("<189>34: *Sep 22 13:36:16.091: %SYS-5-CONFIG_I: Configured");
	SAID(&f, "syslog.program sender %SYS-5-CONFIG_I", NULL);
	report("<166>Sep 22 2023 13:36:16 fw7 : %ASA-6-302013: Built");
	SAID(&f, "syslog.hostName sender fw7", "syslog.program sender %ASA-6-302013", NULL);
	report("<134>date=2023-09-22 time=13:36:16 devname=\"gate7\" devid=\"FGT60E0000000007\" logid=\"1\"");
	SAID(&f, "syslog.device sender vendor=Fortinet;serial=FGT60E0000000007;kind=firewall",
	     "syslog.hostName sender gate7", NULL);
}

static void other_text_is_no_report(void **state)
{
	static const char *const broken[] = {"<192>Oct 11 22:14:15 h p: x", "<>Oct 11", "38>Oct 11", "<38Oct 11",
					     "<1234>x"};
	fixture_init(&f, &syslog_dissector, 4, 514);
	for (unsigned i = 0; i < sizeof broken / sizeof *broken; i++) {
		assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, broken[i], strlen(broken[i])),
				 PROBE_NO);
		fixture_datagram(&f, FLOW_FORWARD, broken[i], strlen(broken[i]));
		SAID(&f, NULL);
	}
	fixture_init(&f, &syslog_dissector, 4, 40001); /* elsewhere it needs its time */
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, "<38>hello", 9), PROBE_NO);
}

static void what_boots_asks_for_its_file(void **state)
{
	static const char ask[] = "\0\1SEP001122334455.cnf.xml\0octet";
	static const char data[] = "\0\3SEP001122334455.cnf.xml\0octet";
	fixture_init(&f, &tftp_dissector, 4, 69);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, ask, sizeof ask), PROBE_YES);
	fixture_datagram(&f, FLOW_FORWARD, ask, sizeof ask);
	SAID(&f, "tftp.file sender SEP001122334455.cnf.xml", NULL);
	assert_int_equal(fixture_cut_datagrams(&f, FLOW_FORWARD, ask, sizeof ask), 0);
	assert_int_equal(fixture_probe(&f, TRANSPORT_UDP, FLOW_FORWARD, data, sizeof data), PROBE_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_name_host_and_program),
		cmocka_unit_test(devices_are_known_by_their_form),
		cmocka_unit_test(other_text_is_no_report),
		cmocka_unit_test(what_boots_asks_for_its_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
