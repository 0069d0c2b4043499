/* Bytes that lie somewhere else: ws::span is std::span where there is one, else what of it libws needs. Texts and times as C takes them. */
#ifndef WS_SPAN_HPP
#define WS_SPAN_HPP

#include <ws.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>
#if __has_include(<version>)
#include <version>
#endif
#ifdef __cpp_lib_span
#include <span>
#endif

namespace ws {

#ifdef __cpp_lib_span

template <class T>
using span = std::span<T>;

#else

/** Elements that lie one after the other and belong to somebody else: the part of C++20's std::span that libws needs. */
template <class T>
class span {
    template <class Container>
    using data_of = decltype(std::declval<Container &>().data());
    /** A container of T, or of T without its const; not of another type that a pointer would convert from. */
    template <class Container>
    using if_of_t = std::enable_if_t<
        std::is_convertible_v<std::remove_pointer_t<data_of<Container>> (*)[], T (*)[]> &&
        std::is_convertible_v<decltype(std::declval<Container &>().size()), std::size_t>>;

public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    using iterator = T *;

    constexpr span() noexcept = default;
    constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <std::size_t N>
    constexpr span(T (&array)[N]) noexcept : data_(array), size_(N) {}
    template <class Container, class = if_of_t<Container>>
    constexpr span(Container &container) noexcept : data_(container.data()), size_(container.size()) {}
    template <class Container, class = if_of_t<const Container>>
    constexpr span(const Container &container) noexcept : data_(container.data()), size_(container.size()) {}

    constexpr T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }
    constexpr T *begin() const noexcept { return data_; }
    constexpr T *end() const noexcept { return data_ + size_; }
    constexpr T &operator[](std::size_t place) const noexcept { return data_[place]; }

private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

#endif

/** Bytes to be read. */
using bytes = span<const std::byte>;

/** The bytes of any container or array of plain elements, such as std::vector<unsigned char>, std::string or std::array<float, 3>: valid
 *  as long as those. */
template <class Container>
bytes as_bytes(const Container &container) noexcept
{
    using element = std::remove_reference_t<decltype(*std::data(container))>;
    static_assert(std::is_trivially_copyable_v<element>, "the bytes of such elements are not what they are worth");
    return {reinterpret_cast<const std::byte *>(std::data(container)), std::size(container) * sizeof(element)};
}

/** A time to wait; durations in seconds and milliseconds convert to it. */
using milliseconds = std::chrono::milliseconds;

/** As a time to wait: without an end. */
inline constexpr milliseconds forever{WS_FOREVER};

/** A text that may be absent (std::nullopt), which is something else than an empty one. */
using optional_text = std::optional<std::string_view>;

namespace detail {

/** A pointer that is not NULL, which C takes for an absent text. */
inline const char *chars(std::string_view text) noexcept
{
    return text.data() == nullptr ? "" : text.data();
}

inline const char *chars(const optional_text &text) noexcept
{
    return text ? chars(*text) : nullptr;
}

inline std::size_t length(const optional_text &text) noexcept
{
    return text ? text->size() : 0;
}

/** As many as C can say: a longer time than some 24 days is that long. */
inline std::int32_t count(milliseconds time) noexcept
{
    using limits = std::numeric_limits<std::int32_t>;
    return static_cast<std::int32_t>(std::clamp<milliseconds::rep>(time.count(), limits::min(), limits::max()));
}

} // namespace detail

} // namespace ws

#endif
