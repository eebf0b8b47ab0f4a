-- SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
--
-- Uses much of Lua and prints what came of it, so that two builds can be compared. Nothing in it depends on time,
-- addresses or the order of pairs().
local lines = 0
local function say(...)
    lines = lines + 1
    print(...)
end

-- numbers
for _, n in ipairs {0, 1, -1, 0.1, 1 / 3, 2 ^ 53, math.maxinteger, math.mininteger, 1e308, -0.0} do
    say(n, n + 1, n * 3, n // 7, n % 7, -n, string.format("%.17g %a", n, n))
end
for a = -7, 7 do
    for b = -3, 3 do
        if b ~= 0 then say(a // b, a % b, a & b, a | b, a ~ b, a << b, a >> b, math.ult(a, b)) end
    end
end
say(math.tointeger(3.0), 3 | 0, "10" + 5, 10 .. 20, 0x7fffffffffffffff + 1, pcall(function() return 1 // 0 end))

-- strings and patterns
local text = ("the quick brown fox jumps over the lazy dog "):rep(20)
say(#text, text:upper():sub(1, 20), text:find("lazy", 1, true), text:gsub("%w+", string.reverse, 3))
for word, rest in text:gmatch("(%a)(%a*)") do lines = lines + #word + #rest end
say(lines, ("%5d|%-5d|%05.1f|%q|%x"):format(42, 42, 3.14159, 'a "b"\n', 255))
say(string.pack("<i4z s2", 100, "abc", "def"):byte(1, -1))
say(string.unpack("<i4z s2", string.pack("<i4z s2", 100, "abc", "def")))
say(utf8.char(72, 228, 8364, 128512), utf8.len("häß€"), utf8.codepoint("€"))

-- tables, sorting, metatables
local seed, values = 12345, {}
for i = 1, 5000 do
    seed = (seed * 1103515245 + 12345) % 2147483648
    values[i] = seed
end
table.sort(values)
say(values[1], values[2500], values[5000], table.concat(values, ",", 1, 5), select("#", table.unpack(values, 1, 200)))
table.sort(values, function(a, b) return a % 1000 > b % 1000 or (a % 1000 == b % 1000 and a < b) end)
say(values[1], values[5000])
local point = {}
point.__index = point
point.__add = function(a, b) return setmetatable({x = a.x + b.x}, point) end
point.__eq = function(a, b) return a.x == b.x end
point.__call = function(self, y) return self.x * y end
point.__tostring = function(self) return "point " .. self.x end
point.__close = function(self) say("closed", self.x) end
local p, q = setmetatable({x = 1}, point), setmetatable({x = 2}, point)
say(tostring(p + q), p == q, p(10), rawequal(p, p))
do
    local held <close> = q
end

-- closures, coroutines, errors, varargs, goto
local function counter()
    local n = 0
    return function() n = n + 1; return n end
end
local c, d = counter(), counter()
say(c(), c(), d(), c())
local fibonacci = coroutine.wrap(function()
    local a, b = 0, 1
    while true do
        coroutine.yield(a)
        a, b = b, a + b
    end
end)
for _ = 1, 90 do lines = lines + fibonacci() % 3 end
say(lines, fibonacci())
say(pcall(error, {code = 5}) == false, select(2, pcall(error, "message", 0)), xpcall(function() local x = nil; return x.y end,
    function(m) return "handled: " .. m:gsub("^.-:%d+: ", "") end))
local function deep(n) return n == 0 and 0 or 1 + deep(n - 1) end
say(deep(10000), pcall(function() local function f() return f() + 1 end return f() end) == false)
for i = 1, 3 do
    for j = 1, 3 do
        if j == 2 then goto continue end
        say(i, j)
        ::continue::
    end
end
say(load("return 1 + ...")(41), load("syntax error here") == nil, #string.dump(deep) > 0, load(string.dump(deep))== nil)

-- garbage
local weak = setmetatable({}, {__mode = "k"})
for i = 1, 20000 do weak[{}] = ("x"):rep(i % 50) end
collectgarbage()
say(next(weak) == nil)
print("exercised", lines)
