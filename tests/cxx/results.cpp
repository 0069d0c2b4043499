// Statuses as error codes, results, spans: what needs no network.
#include "check.hpp"

#include <array>
#include <type_traits>
#include <vector>

static void codes()
{
    const std::error_code none = ws::status::ok;
    CHECK(!none);
    const std::error_code timeout = ws::status::timeout;
    CHECK(timeout && timeout == ws::status::timeout && timeout != ws::status::busy);
    CHECK_SAME(timeout.value(), WS_ERR_TIMEOUT);
    CHECK(timeout.category() == ws::category());
    CHECK_VIEW(ws::category().name(), "libws");
    CHECK_VIEW(timeout.message(), ws_status_text(WS_ERR_TIMEOUT));
    CHECK_VIEW(ws::name(ws::status::invalid_access), "InvalidAccessError");
    ok("a status is an error code of the category libws");

    const auto is = [](ws::status code, std::errc condition) { return ws::make_error_code(code) == condition; };
    CHECK(is(ws::status::syntax, std::errc::invalid_argument));
    CHECK(is(ws::status::invalid_access, std::errc::invalid_argument));
    CHECK(is(ws::status::invalid_argument, std::errc::invalid_argument));
    CHECK(is(ws::status::null_pointer, std::errc::invalid_argument));
    CHECK(is(ws::status::invalid_utf8, std::errc::illegal_byte_sequence));
    CHECK(is(ws::status::network, std::errc::not_connected));
    CHECK(is(ws::status::aborted, std::errc::operation_canceled));
    CHECK(is(ws::status::quota, std::errc::no_buffer_space));
    CHECK(is(ws::status::timeout, std::errc::timed_out));
    CHECK(is(ws::status::busy, std::errc::device_or_resource_busy));
    CHECK(is(ws::status::unsupported, std::errc::not_supported));
    CHECK(is(ws::status::bad_handle, std::errc::bad_file_descriptor));
    CHECK(!is(ws::status::timeout, std::errc::invalid_argument));
    CHECK(ws::make_error_code(ws::status::done).default_error_condition().category() == ws::category());
    ok("codes compare with std::errc where that has a name for them");

    CHECK(ws::is_error(ws::status::internal) && !ws::is_error(ws::status::ok) && !ws::is_error(ws::status::discarded));
    CHECK(!ws::result<void>(ws::status::done) && ws::result<void>(ws::status::done).error() == ws::status::done);
    CHECK(ws::result<void>(ws::status::ok) && !ws::result<void>(ws::status::ok).error());
    ws::result<int> seven(7), lacking(ws::status::busy);
    CHECK(seven && *seven == 7 && !seven.error());
    CHECK(!lacking && *lacking == 0 && lacking.error() == ws::status::busy);
    ok("a remark is neither success nor an error");
}

#ifdef WS_HPP_EXCEPTIONS
static void exceptions()
{
    CHECK_SAME(ws::result<int>(7).value(), 7);
    ws::result<void>(ws::status::discarded).value();
    try {
        ws::connect("not a URL").value();
        CHECK(false);
    } catch (const std::system_error &error) {
        CHECK(error.code() == ws::status::syntax && error.code() == std::errc::invalid_argument);
        CHECK(std::string(error.what()).find("not a URL") != std::string::npos);
    }
    try {
        ws::socket().send("nobody").value();
        CHECK(false);
    } catch (const std::system_error &error) {
        CHECK(error.code() == ws::status::null_pointer);
    }
    ok("value() throws what was wrong, with its words; no remark");
}
#endif

static std::string text_of(ws::bytes data)
{
    return std::string(reinterpret_cast<const char *>(data.data()), data.size());
}

static void spans()
{
    const std::string text = "text";
    std::vector<unsigned char> vector{'a', 'b'};
    const std::array<std::uint16_t, 2> numbers{0x4141, 0x4242};
    const char array[] = {'x', 'y', 'z'};
    CHECK_VIEW(text_of(ws::as_bytes(text)), "text");
    CHECK_VIEW(text_of(ws::as_bytes(vector)), "ab");
    CHECK_VIEW(text_of(ws::as_bytes(numbers)), "AABB");
    CHECK_VIEW(text_of(ws::as_bytes(array)), "xyz");

    std::vector<std::byte> plain{std::byte{1}, std::byte{2}};
    const std::vector<std::byte> constant = plain;
    std::byte two[2] = {};
    const ws::bytes of_plain = plain, of_constant = constant, of_two = two, nothing;
    CHECK(of_plain.data() == plain.data() && of_plain.size() == 2 && of_plain[1] == std::byte{2});
    CHECK(of_constant.end() - of_constant.begin() == 2 && of_two.size() == 2 && nothing.empty());
    static_assert(!std::is_convertible_v<std::string, ws::bytes>, "a text is no binary message by mistake");
    static_assert(!std::is_convertible_v<std::vector<int>, ws::bytes>);
    static_assert(!std::is_convertible_v<const std::vector<std::byte> &, ws::span<std::byte>>, "const stays const");
    static_assert(sizeof(ws::bytes) == 2 * sizeof(void *));
    ok("spans of what lies somewhere else");
}

static void library()
{
    CHECK_VIEW(ws::version(), WS_VERSION);
    CHECK_SAME(ws::version_number(), WS_VERSION_NUMBER);
    CHECK_RESULT(ws::shutdown(-7ms), ws::status::invalid_argument);
    CHECK(!ws::last_error().empty());
    // Longer than C can say is as long as it can; without an end stays so.
    CHECK_SAME(ws::detail::count(std::chrono::hours(24 * 365)), INT32_MAX);
    CHECK_SAME(ws::detail::count(ws::forever), WS_FOREVER);
    CHECK_SAME(ws::detail::count(ws::milliseconds(INT64_MIN)), INT32_MIN);
    ok("version, words, times");
}

int main()
{
    codes();
#ifdef WS_HPP_EXCEPTIONS
    exceptions();
#endif
    spans();
    library();
    return finish();
}
