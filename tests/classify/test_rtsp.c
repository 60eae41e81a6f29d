#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dissect_fixture.h"

extern const struct dissector dissector_rtsp;

static void both_sides_are_read(void **state)
{
	EXPECT(dissector_rtsp, 554,
	       "rtsp.userAgent client sender LibVLC/3.0\nservice server sender rtsp\nrtsp.server server sender "
	       "Hikvision 1.0\n"
	       "user.name client sender admin\n",
	       C("OPTIONS rtsp://cam/ RTSP/1.0\r\nUser-Agent: LibVLC/3.0\r\n\r\n"),
	       S("RTSP/1.0 401 No\r\nServer: Hikvision 1.0\r\nContent-Length: 3\r\n\r\nabc"),
	       C("DESCRIBE rtsp://cam/ RTSP/1.0\r\nAuthorization: Basic YWRtaW46eA==\r\n\r\n"),
	       S("RTSP/1.0 200 OK\r\n\r\n$\0\0\4abcd"));
	EXPECT(dissector_rtsp, 554, "not\n", C("OPTIONS * HTTP/1.1\r\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_sides_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
