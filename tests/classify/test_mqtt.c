#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_mqtt;

static void clients_are_named(void **state)
{
	EXPECT(dissector_mqtt, 1883,
	       "mqtt.clientId client sender dev1\nuser.name client sender bob\nservice server sender mqtt\ndone\n",
	       C("\x10\x19\0\4MQTT\4\xc2\0\x3c\0\4dev1\0\3bob\0\2pw\x82\1"), S("\x20\2\0\0\x30\1"));
	EXPECT(dissector_mqtt, 1883, "mqtt.clientId client sender dev5\nuser.name client sender amy\n",
	       C("\x10\x26\0\4MQTT\5\x84\0\x3c\3\x21\0\1\0\4dev5\2\1\1\0\1t\0\1p\0\3amy"
		 "xxxx"));
	EXPECT(dissector_mqtt, 1883, "not\n", C("\x10\x19\0\4HTTP"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clients_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
