#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_rdp;

static void cookies_name_users(void **state)
{
	EXPECT(dissector_rdp, 3389, "user.name client sender bob\nservice server sender ms-wbt-server\nnext tls\n",
	       C("\3\0\0\x29\x24\xe0\0\0\0\0\0Cookie: mstshash=bob\r\n\1\0\x08\0\1\0\0\0"),
	       S("\3\0\0\x13\x0e\xd0\0\0\x12\x34\0\2\0\x08\0\1\0\0\0"), C("\x16\x03"));
	EXPECT(dissector_rdp, 4000, "service server sender ms-wbt-server\n",
	       C("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\1\0\0\0"), S("\3\0\0\x0b\6\xd0\0\0\x12\x34\0"));
}

static void other_transports_are_left_alone(void **state)
{
	EXPECT(dissector_rdp, 102, "not\n", C("\3\0\0\x16\x11\xe0\0\0\0\1\0\xc0\1\x0a\xc1\2\1\0\xc2\2\1\2"));
}

/* A connect request with a block of core data, 140 octets long; the name has 32 of them. */
#define SETTINGS(build, name)                                             \
	"\3\0\0\x98\2\xf0\x80\x7f\x65..."                                 \
	"\1\xc0\x8c\0\4\0\x08\0\0\5\0\4\1\xca\3\xaa\x09\4\0\0" build name \
	"...................................................................................."
#define DESK7 "D\0E\0S\0K\0\x37\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define NMAP  "E\0M\0P\0-\0L\0A\0P\0-\0\x30\0\x30\0\x31\0\x34\0\0\0\0\0\0\0\0\0"

static void clients_without_tls_name_their_machine(void **state)
{
	EXPECT(dissector_rdp, 3389,
	       "service server sender ms-wbt-server\nrdp.clientBuild client sender 9600\n"
	       "rdp.clientName client sender DESK7\ndone\n",
	       C("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\0\0\0\0"), S("\3\0\0\x0b\6\xd0\0\0\x12\x34\0"),
	       C(SETTINGS("\x80\x25\0\0", DESK7)));
}

static void the_name_of_a_program_is_no_machines(void **state)
{
	EXPECT(dissector_rdp, 3389,
	       "service server sender ms-wbt-server\nrdp.clientBuild client sender 2600 EMP-LAP-0014\ndone\n",
	       C("\3\0\0\x13\x0e\xe0\0\0\0\0\0\1\0\x08\0\0\0\0\0"), S("\3\0\0\x0b\6\xd0\0\0\x12\x34\0"),
	       C(SETTINGS("\x28\x0a\0\0", NMAP)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cookies_name_users),
		cmocka_unit_test(other_transports_are_left_alone),
		cmocka_unit_test(clients_without_tls_name_their_machine),
		cmocka_unit_test(the_name_of_a_program_is_no_machines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
