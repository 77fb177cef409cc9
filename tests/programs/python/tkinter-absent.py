# tkinter, turtle and idle without a display
try:
    import tkinter
    tkinter.Tk()
except Exception as error:
    print(type(error).__name__, error)
try:
    import turtle
except ImportError as error:
    print(error)
import webbrowser
print(webbrowser.open("http://localhost/"))
