<?php
// Three events over a socket with Monolog, or three for each line that the test writes. KIND, PHASES and the ports are
// given by it.
require 'Monolog/autoload.php';

use Monolog\Formatter;
use Monolog\Handler;
use Monolog\Logger;

function overTcp(Formatter\FormatterInterface $formatter): Handler\HandlerInterface
{
    $handler = new Handler\SocketHandler('tcp://127.0.0.1:' . getenv('TCP_PORT'));
    return $handler->setFormatter($formatter);
}

function overUdp(int $form): Handler\HandlerInterface
{
    return new Handler\SyslogUdpHandler('127.0.0.1', getenv('SYSLOG_PORT'), LOG_USER, Logger::DEBUG, true, 'shop', $form);
}

$log = new Logger('shop.checkout');
$log->pushHandler(match (getenv('KIND')) {
    'RFC 3164' => overUdp(Handler\SyslogUdpHandler::RFC3164),
    'RFC 5424' => overUdp(Handler\SyslogUdpHandler::RFC5424),
    'JSON' => overTcp((new Formatter\JsonFormatter())->includeStacktraces()),
    'Logstash' => overTcp(new Formatter\LogstashFormatter('shop')),
    'Fluentd' => overTcp(new Formatter\FluentdFormatter()),
});
if (getenv('PHASES')) {
    while (($phase = fgets(STDIN)) !== false) {
        foreach (range(0, 2) as $number) {
            try {
                $log->info(trim($phase) . " $number");
            } catch (RuntimeException $error) { // the server is away: it raises to the program, whoever the server is
            }
        }
    }
    exit(0);
}
$log->info('order 42 placed', ['user_id' => 7, 'trace_id' => str_repeat('ab', 16)]);
$log->warning("grüße 你好 😀 \"quoted\"\nline two", ['region' => 'eu']);
try {
    intdiv(1, 0);
} catch (DivisionByZeroError $error) {
    $log->error('payment failed', ['exception' => $error]);
}
$log->close();
