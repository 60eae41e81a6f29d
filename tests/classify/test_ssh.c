#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_ssh;

/* KEXINIT with ten lists, each of a few letters: k h e1 e2 m1 m2 c1 c2 and two empty ones. */
#define KEXINIT(padding)                                                                                              \
	"\x14"                                                                                                        \
	"0123456789abcdef\0\0\0\2kx\0\0\0\1h\0\0\0\2ec\0\0\0\2es\0\0\0\2mc\0\0\0\2ms\0\0\0\4none\0\0\0\4zlib\0\0\0\0" \
	"\0\0\0\0\0\0\0\0\0" padding
#define KEX_PACKET "\0\0\0\x56\4" KEXINIT("....")

/* A reply: blob "ssh-ed25519" + key, then more. */
#define REPLY_PACKET   "\0\0\0\x2c\4\x1f\0\0\0\x17\0\0\0\x0bssh-ed25519\0\0\0\4KEYSthe-sharexx...."
#define NEWKEYS_PACKET "\0\0\0\6\4\x15...."

static void packets_are_well_made(void **state)
{
	assert_int_equal(sizeof KEX_PACKET - 1, 4 + 0x56);
	assert_int_equal(sizeof REPLY_PACKET - 1, 4 + 0x2c);
}

static void both_sides_are_read(void **state)
{
	EXPECT(dissector_ssh, 22,
	       "ssh.banner server sender SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\n"
	       "service server sender ssh\n"
	       "ssh.clientBanner client sender SSH-2.0-PuTTY_Release_0.78\n"
	       "ssh.hassh client sender kx;ec;mc;none\n"
	       "ssh.hasshServer server sender kx;es;ms;zlib\n"
	       "ssh.hostKey server sender \\00\\00\\00\\0bssh-ed25519\\00\\00\\00\\04KEYS\n"
	       "done\n",
	       S("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"), C("SSH-2.0-PuTTY_Release_0.78\r\n" KEX_PACKET),
	       S(KEX_PACKET), C("\0\0\0\x0e\4\x1e\0\0\0\4abcd...."), S(REPLY_PACKET NEWKEYS_PACKET "secret"),
	       C(NEWKEYS_PACKET "secret"));
}

static void groups_are_no_keys(void **state)
{
	EXPECT(dissector_ssh, 22, "ssh.banner server sender SSH-2.0-x\nservice server sender ssh\n",
	       S("SSH-2.0-x\r\n\0\0\0\x12\4\x1f\0\0\0\4\0\xff\xff\xff\0\0\0\1\2...."));
}

static void lines_may_come_before(void **state)
{
	EXPECT(dissector_ssh, 22, "ssh.banner server sender SSH-1.5-1.2.26\nservice server sender ssh\n",
	       S("Welcome, and go away.\r\nSSH-1.5-1.2.26\n\0\0\1\x0b"));
}

static void a_client_alone_tells(void **state)
{
	EXPECT(dissector_ssh, 2299,
	       "ssh.clientBanner client sender SSH-2.0-Go\nssh.hassh client sender kx;ec;mc;none\n",
	       C("SSH-2.0-Go\r\n" KEX_PACKET));
}

static void huge_packets_are_passed_over(void **state)
{
	static char text[40000 + 100];
	static const struct step steps[] = {{FLOW_REVERSE, text, 11 + 4 + 33000, 0}, S(KEX_PACKET)};
	memcpy(text, "SSH-2.0-x\r\n\0\0\x80\xe8", 15);
	const struct talk talk = TALK(steps, dissector_ssh, 22);
	talk_expect(&talk, "ssh.banner server sender SSH-2.0-x\nservice server sender ssh\n"
			   "ssh.hasshServer server sender kx;es;ms;zlib\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_are_well_made), cmocka_unit_test(both_sides_are_read),
		cmocka_unit_test(groups_are_no_keys),    cmocka_unit_test(lines_may_come_before),
		cmocka_unit_test(a_client_alone_tells),  cmocka_unit_test(huge_packets_are_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
