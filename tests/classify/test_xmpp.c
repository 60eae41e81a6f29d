#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_xmpp;

#define OPENING(kind)                                                                                 \
	"<?xml version='1.0'?><stream:stream to='example.org' version='1.0' xmlns='jabber:" kind "' " \
	"xmlns:stream='http://etherx.jabber.org/streams'>"

static void streams_turn_to_tls(void **state)
{
	EXPECT(dissector_xmpp, 5222, "service server sender xmpp-client\nnext tls\n", C(OPENING("client")),
	       S(OPENING("client") "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
				   "</stream:features>"),
	       C("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
	       S("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"), C("\x16\3\1"));
	EXPECT(dissector_xmpp, 5269, "service server sender xmpp-server\n", C(OPENING("server")), S(OPENING("server")));
}

static void users_log_in(void **state)
{
	EXPECT(dissector_xmpp, 5222, "service server sender xmpp-client\nuser.name client sender dave\ndone\n",
	       C(OPENING("client")), S(OPENING("client")),
	       C("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism=\"PLAIN\">AGRhdmUAcGFzcw==</auth>"),
	       S("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"));
	EXPECT(dissector_xmpp, 5222, "user.name client sender erin\n",
	       C(OPENING("client") " \n<iq type='set' id='1'><query xmlns='jabber:iq:auth'><username>erin</username>"
				   "<password>no</password></query></iq>"));
}

static void other_xml_is_none(void **state)
{
	EXPECT(dissector_xmpp, 5222, "not\n", C("<html>"));
	EXPECT(dissector_xmpp, 5222, "not\n", C("<?xml version='1.0'?><stream:"), S("HTTP/1.1 200 OK\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_turn_to_tls),
		cmocka_unit_test(users_log_in),
		cmocka_unit_test(other_xml_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
